"""Law 8: the model world and the real one, side by side. What both are asked, what both answer, what stands then."""
