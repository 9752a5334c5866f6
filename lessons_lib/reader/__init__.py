"""What belongs to the reader: the chosen picture, progress, folded results, the installation."""
