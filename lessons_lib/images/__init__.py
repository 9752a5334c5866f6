"""Pictures for the lessons: bundled, drawn, or the reader's own.

Whatever comes in leaves as one thing: an upright RGB tensor of shape (1, 3, height, width),
float32, 0 = black and 1 = full. What had to be changed on the way (scaled down, colours converted,
the first frame taken) is said in the picture's `note`; what cannot be read is a `PictureError` of
one sentence.
"""

from lessons_lib.images.drawn import checkerboard, impulse, zone_plate
from lessons_lib.images.loading import (
    BUNDLED,
    GENERATED,
    assets_folder,
    load_image,
    load_picture,
    picture_from_bytes,
)
from lessons_lib.images.picture import MAX_SIDE, Picture, PictureError

__all__ = [
    "BUNDLED",
    "GENERATED",
    "MAX_SIDE",
    "Picture",
    "PictureError",
    "assets_folder",
    "checkerboard",
    "impulse",
    "load_image",
    "load_picture",
    "picture_from_bytes",
    "zone_plate",
]
