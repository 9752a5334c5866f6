"""A lab on the page: its controls, its state, and when what is computed."""
