"""What each command does, from a selection to reports. Nothing here prints or asks: whoever calls does, or nobody."""
