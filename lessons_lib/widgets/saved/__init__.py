"""A lab without a kernel: its states, computed once and saved in a page."""
