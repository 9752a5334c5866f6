"""Practice that answers back: questions and exercises as data, and what checks them."""
