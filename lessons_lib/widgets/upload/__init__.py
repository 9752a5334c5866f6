"""A picture of the reader's own, sent in pieces."""
