"""Numbers and sizes as the lessons print them, with true minus signs.

The page has the same rules for the numbers that it writes itself, in widgets/shared/words.js.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALLEST_PLAIN = 1e-3  # smaller numbers are printed as powers of ten
LARGEST_PLAIN = 1e5  # and so are those from here on, at an axis


def number_text(value: float, digits: int = 2) -> str:
    """Print a number with a true minus sign, a whole one without a point.

    Args:
        value: any float.
        digits: after the point.

    Example:
        >>> number_text(-0.5), number_text(3.0), number_text(-0.0), number_text(float("inf"))
        ('−0.50', '3', '0', '∞')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.0f}" if float(value).is_integer() else f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def fixed_text(value: float, digits: int) -> str:
    """Print a number with a true minus sign and always so many digits after the point.

    Example:
        >>> fixed_text(-0.5, 2), fixed_text(4.0, 2)
        ('−0.50', '4.00')
    """
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")  # no minus zero


def signed_text(value: float, digits: int) -> str:
    """Print a number with its sign always, and so many digits after the point.

    Example:
        >>> signed_text(0.25, 2), signed_text(-1.0, 1)
        ('+0.25', '−1.0')
    """
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")  # no minus zero


def term_text(value: float, digits: int = 3) -> str:
    """Print a number as a part of a sum: sign, space, and no zeros at the end.

    Example:
        >>> term_text(-0.5), term_text(2.0)
        ('− 0.5', '+ 2')
    """
    sign = "−" if value < 0 else "+"
    return f"{sign} {abs(value):.{digits}f}".rstrip("0").rstrip(".")


def significant_text(value: float) -> str:
    """Print a number to two digits after the point, or to three digits where it is smaller.

    Example:
        >>> significant_text(12.5), significant_text(-0.001234)
        ('12.5', '−0.00123')
    """
    small = value != 0 and abs(value) < 0.01
    digits = 2 - math.floor(math.log10(abs(value))) if small else 2
    return f"{value:.{digits}f}".rstrip("0").rstrip(".").replace("-", "−")


def power_text(value: float) -> str:
    """Print a number of 0 or more in a few signs, tiny ones as a power of ten.

    Args:
        value: finite, at least 0.

    Example:
        >>> power_text(0.41), power_text(1.2e-7), power_text(0.0)
        ('0.4100', '1·10⁻⁷', '0')
    """
    if value == 0:
        return "0"
    if value >= SMALLEST_PLAIN:
        return f"{value:.4f}"
    digit, power = f"{value:.0e}".split("e")
    return f"{digit}·10{power.replace('-0', '-').translate(_RAISED)}"


def tick_text(value: float) -> str:
    """Print a number at an axis: as short as it is round, very large and small ones as powers.

    Args:
        value: finite.

    Example:
        >>> tick_text(0.6000000000000001), tick_text(-250.0), tick_text(1e-4), tick_text(2e8)
        ('0.6', '−250', '10⁻⁴', '2·10⁸')
    """
    if value == 0 or SMALLEST_PLAIN <= abs(value) * (1 + 1e-6) < LARGEST_PLAIN:
        return f"{value:.6g}".replace("-", "−")
    digits, power = f"{abs(value):.2e}".split("e")
    raised = f"10{str(int(power)).translate(_RAISED)}"
    digits = digits.rstrip("0").rstrip(".")
    return ("−" if value < 0 else "") + (raised if digits == "1" else f"{digits}·{raised}")


def short_text(value: float) -> str:
    """Print a number of any size to three digits.

    Example:
        >>> short_text(0.012345), short_text(3.21e-7), short_text(float("inf"))
        ('0.0123', '3.21·10⁻⁷', '∞')
    """
    return tick_text(float(f"{value:.3g}")) if math.isfinite(value) else number_text(value)


def scale_text(value: float) -> str:
    """Print the end of a colour scale, to two digits however small.

    Example:
        >>> scale_text(-0.47), scale_text(3.0), scale_text(0.0123), scale_text(3e-7)
        ('−0.47', '3', '0.012', '3·10⁻⁷')
    """
    size = abs(value)
    if not math.isfinite(value) or size >= 0.095 or size == 0:
        return number_text(value)
    if size >= 1e-4:
        return f"{value:.2g}".replace("-", "−")
    return ("−" if value < 0 else "") + power_text(size)


def scale_ends(
    low: float, high: float, reach: tuple[float, float] | None = None
) -> tuple[str, str]:
    """Print both ends of a colour scale, and how far the numbers go on beyond them.

    Args:
        low, high: values of the first and last colour.
        reach: (smallest, largest) number, where some are beyond; None: none is.

    Example:
        >>> scale_ends(-0.47, 0.47)
        ('−0.47', '+0.47')
        >>> scale_ends(-0.47, 0.47, (-0.2, 0.8))
        ('−0.47', '+0.47 ▸ +0.80')
    """
    smallest, largest = reach or (low, high)
    half = (high - low) / 508  # of one of 254 steps
    plus = "+" if low < 0 else ""
    first, last = scale_text(low), plus + scale_text(high)
    if smallest < low - half:
        first = f"{scale_text(smallest)} ◂ {first}"
    if largest > high + half:
        last = f"{last} ▸ {plus}{scale_text(largest)}"
    return first, last


def scale_words(low: float, high: float, reach: tuple[float, float]) -> str:
    """Say what a colour scale with numbers beyond its colours shows.

    Example:
        >>> scale_words(-1.0, 1.0, (-0.2, 3.0))
        'colours from −1 to +1; numbers from −0.20 to +3, beyond them in the last colour'
    """
    first, last = scale_ends(low, high)
    smallest, largest = scale_ends(*reach)
    return (
        f"colours from {first} to {last}; numbers from {smallest} to {largest}, "
        "beyond them in the last colour"
    )


def decibel_text(value: float) -> str:
    """Print a PSNR; equal pictures have no finite one.

    Example:
        >>> decibel_text(27.34), decibel_text(float("inf"))
        ('27.3 dB', '∞ dB')
    """
    return f"{value:.1f} dB".replace("-", "−").replace("inf dB", "∞ dB")


def percent_text(share: float, digits: int = 1) -> str:
    """Print a share of 0..1 in per cent.

    Example:
        >>> percent_text(0.4375, 2)
        '43.75 %'
    """
    return f"{share * 100:.{digits}f} %"


def count_text(count: int) -> str:
    """Print a whole number with its thousands apart.

    Example:
        >>> count_text(786432)
        '786 432'
    """
    return f"{count:,}".replace(",", " ")


def size_text(size: Sequence[int]) -> str:
    """Print a size per axis.

    Example:
        >>> size_text((510, 255))
        '510 × 255'
    """
    return " × ".join(str(n) for n in size)


def counted(count: int, word: str) -> str:
    """Print a count with its noun in the right number.

    Example:
        >>> counted(1, "row"), counted(3, "row")
        ('1 row', '3 rows')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"


def texts_alike(values: Sequence[float]) -> list[str]:
    """Print the numbers of one grid alike: whole ones without a point, others as exactly as fits.

    Example:
        >>> texts_alike([1.0, -2.0]), texts_alike([0.5, 12.0])
        (['1', '−2'], ['0.5', '12.0'])
        >>> texts_alike([1.0, float("-inf")])
        ['1', '−∞']
    """
    finite = [value for value in values if math.isfinite(value)]
    whole = all(float(value).is_integer() for value in finite)
    digits = 0 if whole else 3 if max(map(abs, finite)) < 10 else 1
    # what is finite has as many digits as the others, and no minus zero
    return [
        fixed_text(value, digits) if math.isfinite(value) else number_text(value)
        for value in values
    ]
