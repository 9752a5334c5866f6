"""Does a bilinear start of the upsampling layer beat a random one after as many steps?

    python -m bench.upsampling [--seeds 5] [--steps 100 200 300 400] [--rates 0.002 0.005 0.01]

Everything else is the same: body, score layer, pictures and their order. "fixed" is the bilinear
start whose layer never learns; "torch" is a random start by ConvTranspose2d's own rule instead of
Xavier's. Prints the mean IoU on held-out scenes: mean and standard deviation over the seeds, and
how often each is ahead of the random start by Xavier's rule with the same seed. The learning rate
rises and falls over the largest number of steps, as in the lesson.
"""

import argparse
import statistics
from collections.abc import Iterator

import torch

from lessons_lib.kernels import seeded_draws
from lessons_lib.segmentation.metrics import mean_iou
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.scenes import HELD_OUT, Scenes
from lessons_lib.segmentation.trained import SCENES
from lessons_lib.segmentation.training import evaluate, training_steps

STARTS = ("bilinear", "fixed", "random", "torch")
MEASURED = 100  # held-out scenes


def network_of(start: str, seed: int) -> FCN:
    """Build the small network with one of the `STARTS`; the rest of it hangs on the seed alone."""
    network = small_fcn(seed, "bilinear" if start in ("bilinear", "fixed") else "random")
    if start == "fixed":
        network.enlarge.requires_grad_(False)
    if start == "torch":
        with seeded_draws(seed):
            network.enlarge.reset_parameters()
    return network


def reached(
    network: FCN, data: Scenes, held_out: Scenes, at: tuple[int, ...], rate: float, seed: int
) -> Iterator[float]:
    """Train, and give the mean IoU after each of these steps."""
    steps = training_steps(network, data, max(at), learning_rate=rate, seed=seed, device="cpu")
    for step in steps:
        if step.trouble:
            return
        if step.step in at:
            yield mean_iou(evaluate(network, held_out))


def main() -> None:
    """Train all of them and print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, nargs="+", default=(100, 200, 300, 400))
    parser.add_argument("--rates", type=float, nargs="+", default=(0.002, 0.005, 0.01))
    parser.add_argument("--starts", nargs="+", default=STARTS, choices=STARTS)
    asked = parser.parse_args()
    at = tuple(sorted(asked.steps))
    data, held_out = Scenes(SCENES), Scenes(MEASURED, HELD_OUT)
    for rate in asked.rates:
        found: dict[str, list[list[float]]] = {start: [] for start in asked.starts}
        for seed in range(asked.seeds):
            for start in asked.starts:
                network = network_of(start, seed)
                found[start].append(list(reached(network, data, held_out, at, rate, seed)))
                values = "  ".join(f"{value:.3f}" for value in found[start][-1])
                print(f"# rate {rate:g} seed {seed} {start:9} {values}", flush=True)
        print_table(rate, at, found)


def print_table(rate: float, at: tuple[int, ...], found: dict[str, list[list[float]]]) -> None:
    """Print means, deviations, and how often each start is ahead of the random one."""
    print(f"rate {rate:g}: mean IoU on {MEASURED} held-out scenes after so many steps")
    print("start    " + "".join(f"{step:>22}" for step in at))
    for start, runs in found.items():
        cells = []
        for place in range(len(at)):
            values = [run[place] for run in runs if len(run) > place]
            rivals = [run[place] for run in found.get("random", []) if len(run) > place]
            ahead = sum(mine > other for mine, other in zip(values, rivals, strict=False))
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            mean = statistics.fmean(values) if values else float("nan")
            cells.append(f"{mean:.3f} ± {spread:.3f} ({ahead}/{len(values)})")
        print(f"{start:9}" + "".join(f"{cell:>22}" for cell in cells), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
