"""What several widgets need in the page."""
