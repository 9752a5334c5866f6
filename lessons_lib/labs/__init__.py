"""The labs: for each, its parameters, a pure compute function and its controls as plain data.

Nothing here knows about widgets: `compute(Params())` works in a script and in a test.
"""
