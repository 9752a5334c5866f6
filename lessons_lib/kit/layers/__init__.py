"""One door per kind of layer: what a lab tells of a layer on an image."""
