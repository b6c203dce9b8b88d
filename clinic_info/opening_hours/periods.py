"""Periods of a day in minutes after midnight, and a week of them."""

from dataclasses import dataclass
from functools import lru_cache

DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From one time of a day to another; an end past midnight lies beyond `DAY`.

    Raises ValueError unless it begins on its day, ends after that, and within 24 hours.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens < DAY and 0 < self.closes - self.opens <= DAY):
            raise ValueError(f"no period of a day: {self.opens} to {self.closes}")


Periods = tuple[Period, ...]
# Monday first; a day without periods is closed.
Week = tuple[Periods, Periods, Periods, Periods, Periods, Periods, Periods]


@lru_cache(maxsize=512)
def in_order(periods: Periods) -> tuple[Periods, bool]:
    """Return periods in order, and whether some overlap; to touch is not to overlap."""
    ordered = tuple(sorted(periods))
    overlap = any(
        one.closes > other.opens
        for one, other in zip(ordered, ordered[1:], strict=False)
    )
    return ordered, overlap
