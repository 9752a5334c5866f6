"""How far an output is from the wanted one, as one number."""

from torch import Tensor

from lessons_lib.tensors import FLOATING, check_tensor

LOSSES = ("sum", "mean")


def squared_loss(output: Tensor, wanted: Tensor, loss: str = "sum") -> Tensor:
    """Say in one number how far an output is from the one that is wanted.

    Args:
        output, wanted: the same shape, floating point.
        loss: "sum" of all squared errors, or their "mean".

    Raises:
        TypeError, ValueError: the shapes differ, they are not floating point, or no such word.

    Example:
        >>> squared_loss(torch.tensor([1.0, 5.0]), torch.tensor([3.0, 5.0]), "mean").item()
        2.0
    """
    if loss not in LOSSES:
        raise ValueError(f"`loss` (={loss!r}) must be one of {', '.join(LOSSES)}.")
    check_tensor(output, "output", (), FLOATING)
    check_tensor(wanted, "wanted", (), FLOATING)
    if output.shape != wanted.shape:
        raise ValueError(
            f"`wanted` (shape {tuple(wanted.shape)}) must have the shape of the layer's output "
            f"({tuple(output.shape)})."
        )
    square = (output - wanted).square()
    return square.sum() if loss == "sum" else square.mean()
