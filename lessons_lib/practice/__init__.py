"""What the reader is asked, as data, and what becomes of the answers."""
