"""Work that takes seconds, with a bar that starts, tells and stops it."""
