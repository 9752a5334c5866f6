"""What labs are made of: the words, pictures and numbers that several of them share."""
