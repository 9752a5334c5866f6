"""Train the small segmentation network as lesson 11 does: `python -m bench.segmentation [--save]`.

Prints how long it took and how well it does on 200 scenes that it has never seen. With --save it
becomes the network that the lessons bring along, assets/shapes_fcn.pt.
"""

import argparse
import sys
import time

import torch

from lessons_lib.segmentation.checkpoints import save_checkpoint
from lessons_lib.segmentation.metrics import class_iou, mean_iou, pixel_accuracy
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, Scenes
from lessons_lib.segmentation.trained import SCENES, SEED, STEPS, trained_file
from lessons_lib.segmentation.training import evaluate, train

WORST_IOU = 0.85
MEASURED_ON = 200


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.segmentation", description=__doc__)
    parser.add_argument("--save", action="store_true", help="write assets/shapes_fcn.pt anew")
    parser.add_argument("--seed", type=int, default=SEED, help="of the weights and the order")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or mps")
    return parser.parse_args()


def trained(seed: int, device: str) -> FCN:
    """Train from the start, and print how long it took."""
    network = small_fcn(seed)
    begin, work = time.perf_counter(), time.process_time()
    last = train(network, Scenes(SCENES), STEPS, seed=seed, device=device)
    seconds, work = time.perf_counter() - begin, time.process_time() - work
    each = 1000 * seconds / last.step
    print(f"training         {seconds:6.1f} s, {last.step} steps of {each:.0f} ms", end="")
    print(f" on {device}, {torch.get_num_threads()} threads ({work:.1f} s of their work)")
    return network


def measured(network: FCN) -> float:
    """Print how well the network does on scenes that it has never seen; give the mean IoU."""
    begin = time.perf_counter()
    confusion = evaluate(network, Scenes(MEASURED_ON, HELD_OUT))
    seconds = time.perf_counter() - begin
    found = mean_iou(confusion)
    print(f"measuring        {seconds:6.1f} s, {MEASURED_ON} scenes from seed {HELD_OUT:,} on")
    print(f"pixels right     {pixel_accuracy(confusion):6.3f}")
    print(f"mean IoU         {found:6.3f}   (at least {WORST_IOU})")
    for name, iou in zip(CLASSES, class_iou(confusion).tolist(), strict=True):
        print(f"  {name:15}{iou:6.3f}")
    return found


def main() -> int:
    """Train, measure, and keep the network where that is wished and it is good enough."""
    options = arguments()
    network = trained(options.seed, options.device)
    found = measured(network)
    if options.save and found < WORST_IOU:
        print("bench: not saved, the mean IoU is too low", file=sys.stderr)
        return 1
    if options.save:
        save_checkpoint(trained_file(), network.cpu())
        trained_file().chmod(0o644)  # for all who may read the other assets
        print(f"saved            {trained_file().stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
