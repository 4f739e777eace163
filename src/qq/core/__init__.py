"""The functional core: everything that decides. Nothing in here touches the world."""
