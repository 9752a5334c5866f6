"""The canvas of a lab: scenes and pixels out, pointing in."""
