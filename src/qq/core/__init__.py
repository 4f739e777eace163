"""The functional core: everything that decides. Nothing in here touches the world.

Values of which a life makes many are kept from the garbage collector (``gc=False``): a value can't hold itself. A
world may: its scripts can be a function of the user's.
"""
