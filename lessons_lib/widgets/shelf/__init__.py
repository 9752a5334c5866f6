"""What the next moves lead to, worked out ahead and laid down in the page."""
