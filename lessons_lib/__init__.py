"""Convolution lessons: what PyTorch computes, live under a slider.

This file imports nothing: the Jupyter server imports the package too (see `server.py`), and a
reader who only needs `geometry` should not wait for torch or for widgets.
"""

__version__ = "0.1.0"
