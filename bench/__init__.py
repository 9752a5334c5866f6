"""How fast the lessons answer: measured in the real JupyterLab, told as ratios within one run."""
