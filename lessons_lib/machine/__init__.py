"""What the machine needs before the lessons run well on it; imports nothing of the lessons."""
