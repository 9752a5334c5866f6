"""Does a stack of three transposed layers of stride 2 beat one of stride 8, at its best rate?

    python -m bench.decoders [--picture lena] [--steps 400] [--rates 0.003 0.005 0.01 0.03]

All decoders get the same code of the whole photo: 48 kernels 8 x 8, stride 8, seed 3. Prints the
PSNR in dB after that many steps for each rate, with the number of weights. Lesson 10 quotes it.
"""

import argparse

from torch import nn

from lessons_lib.images import load_image
from lessons_lib.kernels import seeded_layer
from lessons_lib.reconstruction import encode, seeded_decoder, train_decoder

STACKS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "one layer": ((48, 3), (8,)),
    "narrow": ((48, 24, 12, 3), (2, 2, 2)),
    "wide": ((48, 64, 24, 3), (2, 2, 2)),
    "widest": ((48, 96, 48, 3), (2, 2, 2)),
}


def weights_of(module: nn.Module) -> int:
    """Count the numbers that a module learns."""
    return sum(each.numel() for each in module.parameters())


def main() -> None:
    """Train all of them and print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--picture", default="lena")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--rates", type=float, nargs="+", default=(0.003, 0.005, 0.01, 0.03))
    asked = parser.parse_args()
    photo = load_image(asked.picture)
    code = encode(photo, seeded_layer(3, 3, 48, 8, stride=8))
    for name, (channels, strides) in STACKS.items():
        for rate in asked.rates:
            decoder = seeded_decoder(3, channels, strides)
            *_, last = train_decoder(decoder, code, photo, asked.steps, rate)
            print(f"{name:10} {weights_of(decoder):7,} weights  rate {rate:<6} {last.psnr:.1f} dB")


if __name__ == "__main__":
    main()
