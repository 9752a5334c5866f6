"""Segmentation: a network that names the class of every pixel, its data and its training."""
