"""Checking a learner's function: its process, the comparison with torch, what is told."""
