"""Invented NHS numbers, from the 999 range that is kept for tests. No Django."""

from typing import Final

SERIES: Final = 514400
"""Where the invented numbers begin, out of the way of those that people try out by hand."""
_MODULUS: Final = 11


def nhs_number_of(serial: int) -> str:
    """Nine digits and their modulus-11 check digit; "" of a serial that would need a 10, for that number is none."""
    digits = f"999{SERIES + serial:06d}"
    weighed = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    check = _MODULUS - weighed % _MODULUS
    return "" if check == _MODULUS - 1 else f"{digits}{check % _MODULUS}"
