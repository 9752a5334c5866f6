"""What belongs to the reader: the chosen picture, folded results, the check of the installation."""
