"""The engine of the opening hours: a state, and the fortnight that a page carries.

python -m bench.opening_hours
"""

import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from timeit import timeit
from zoneinfo import ZoneInfo

from clinic_info.opening_hours.periods import Period, Week
from clinic_info.opening_hours.schedule import Dates, Schedule, Season, SpecialDays

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 1, 1)
START = datetime(2026, 1, 1, tzinfo=UTC)
# Goals, in microseconds.
MOST_STATE = 100
MOST_FORTNIGHT = 5_000


def plain() -> Schedule:
    nine_to_six = (Period(540, 1080),)
    week: Week = (*[nine_to_six] * 5, (Period(660, 900),), ())
    return Schedule(ZONE, week)


def full() -> Schedule:
    """Return a busy clinic: breaks, nights, two seasons, sixty special days."""
    day = (Period(480, 720), Period(780, 1080), Period(1200, 1500))
    special = tuple(
        SpecialDays(Dates(one, one), day[:1] if n % 2 else (), "A reason")
        for n in range(60)
        for one in [FIRST + timedelta(days=6 * n)]
    )
    seasons = tuple(
        Season(
            name, Dates(FIRST + timedelta(first), FIRST + timedelta(last)), (day,) * 7
        )
        for name, first, last in [("Spring", 60, 120), ("Summer", 150, 240)]
    )
    return Schedule(ZONE, (day,) * 7, seasons, special)


def microseconds(function: Callable[[datetime], object], rounds: int) -> float:
    """Return the median over instants of a year."""
    moments = [START + timedelta(hours=n * 77) for n in range(113)]
    return statistics.median(
        timeit(lambda m=moment: function(m), number=rounds) / rounds * 1e6  # type: ignore[misc]
        for moment in moments
    )


def measure() -> dict[str, float]:
    """Return the microseconds of each question."""
    found = {}
    for name, schedule in [("plain", plain()), ("full", full())]:
        found[f"state, {name}"] = microseconds(schedule.state_at, 20)
        found[f"fortnight, {name}"] = microseconds(
            lambda moment, one=schedule: one.spans(moment, moment + timedelta(days=14)),
            5,
        )
    return {name: round(value, 1) for name, value in found.items()}


if __name__ == "__main__":
    print(measure())
