"""A kernel of numbers to edit."""
