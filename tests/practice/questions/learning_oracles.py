"""The right answers of lesson 07 once more: by measuring how a loss changes, in numpy."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer


def correlated(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A kernel laid on each window."""
    return np.einsum("ijkl,kl->ij", sliding_window_view(picture, kernel.shape), kernel)


def slopes(picture: np.ndarray, kernel: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Along each weight the loss is a parabola: half the difference of two steps is its slope."""

    def loss(change: np.ndarray) -> float:
        return float(((correlated(picture, kernel + change) - wanted) ** 2).sum())

    units = np.eye(kernel.size).reshape(-1, *kernel.shape)
    return np.array([(loss(unit) - loss(-unit)) / 2 for unit in units]).reshape(kernel.shape)


def slopes_of(asked: Asked) -> list[float]:
    row, kernel, _, wanted = (np.array(shown.values.tolist()) for shown in asked.shown)
    found: list[float] = slopes(row, kernel, wanted)[0].tolist()
    return found


def slope(asked: Asked) -> Answer:
    return (slopes_of(asked)[asked.settings["side"]],)


def way(asked: Asked) -> Answer:
    grows = [each < 0 for each in slopes_of(asked)]
    return ([[True, True], [False, False], [True, False], [False, True]].index(grows),)


def stepped(asked: Asked) -> Answer:
    (kernel,), (slopes_shown,) = (shown.values.tolist() for shown in asked.shown)
    rate = Fraction(asked.settings["rate"])
    return tuple(float(w - rate * int(s)) for w, s in zip(kernel, slopes_shown, strict=True))


def parabola_step(curvature: int, rate: float, distance: float) -> float:
    """How far from the lowest point a step ends, measured along curvature / 2 · distance²."""
    up, down = (curvature / 2 * (distance + by) ** 2 for by in (1, -1))
    return distance - rate * (up - down) / 2


def side(asked: Asked) -> Answer:
    curvature, rate, begin, lowest = (
        asked.settings[name] for name in ("curvature", "rate", "begin", "lowest")
    )
    left = parabola_step(curvature, rate, begin - lowest)
    if left * (begin - lowest) > 0:
        return (0,)
    return (1,) if abs(left) < abs(begin - lowest) else (2,)


def nearest_first(asked: Asked) -> Answer:
    curvature, rates = asked.settings["curvature"], asked.settings["rates"]
    left = [abs(parabola_step(curvature, rate, 3)) for rate in rates]
    return tuple(np.argsort(left).tolist())


def outputs(asked: Asked) -> Answer:
    picture, kernel = np.zeros(asked.settings["n"]), np.zeros(asked.settings["k"])
    return (correlated(picture, kernel).size,)


def steepest(asked: Asked) -> Answer:
    picture, kernel = (np.array(shown.values.tolist()) for shown in asked.shown)
    wanted = correlated(picture, kernel)
    wanted[asked.settings["at"]] += 1
    measured = abs(slopes(picture, kernel, wanted))
    row, column = np.unravel_index(measured.argmax(), measured.shape)
    return int(row), int(column)


def window_matrix(asked: Asked) -> Answer:
    channels, n, k = (asked.settings[name] for name in ("channels", "n", "k"))
    windows = sliding_window_view(np.zeros((channels, *n)), (channels, *k))
    return windows.reshape(-1, channels * k[0] * k[1]).shape


def unknown(asked: Asked) -> Answer:
    """Pixels that are always equal: of each set of weights on them only the sum is known."""
    name, (rows, columns) = asked.settings["name"], asked.settings["k"]
    places = [(row, column) for row in range(rows) for column in range(columns)]
    alike = {"uniform": lambda at: 0, "rows": lambda at: at[1], "columns": lambda at: at[0]}[name]
    return (len(places) - len({alike(at) for at in places}),)


LEARNING_ORACLES: dict[str, Callable[[Asked], Answer]] = {
    "learning_slope": slope,
    "learning_sign": way,
    "learning_steepest": steepest,
    "learning_step": stepped,
    "learning_mean": outputs,
    "learning_rate": side,
    "learning_order": nearest_first,
    "learning_matrix": window_matrix,
    "learning_unknown": unknown,
}
