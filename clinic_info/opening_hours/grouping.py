"""A week as people say it: equal neighbouring days together."""

from dataclasses import dataclass

from clinic_info.opening_hours.periods import Periods, Week


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Neighbouring days of the week with the same hours; Monday is 0."""

    first: int
    last: int
    periods: Periods


def grouped(week: Week) -> list[DayGroup]:
    """Return a week with equal neighbouring days together, Monday first."""
    groups: list[DayGroup] = []
    for number, periods in enumerate(tuple(sorted(day)) for day in week):
        first = number
        if groups and groups[-1].periods == periods:
            first = groups.pop().first
        groups.append(DayGroup(first, number, periods))
    return groups
