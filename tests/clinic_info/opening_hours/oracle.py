"""The slow answer: what the clock on the wall has shown so far, minute by minute.

Written from behaviour.md alone, with other means than the engine: no instants are
computed, only clocks are read.
"""

from datetime import UTC, date, datetime, timedelta

from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Schedule

MINUTE = timedelta(minutes=1)
# No zone sets its clock back by more than this.
LONGEST_REPEAT = 180


def said_of(schedule: Schedule, day: date) -> tuple[bool, list[Period]]:
    """Return whether a date is decided, and its periods, by its own entries alone."""
    hours = [s for s in schedule.special_days if s.periods and day in s.dates]
    if len(hours) == 1:
        periods = list(hours[0].periods)
        return not clash(periods), periods
    if len(hours) > 1:
        return False, [p for s in hours for p in s.periods]
    if any(not s.periods and day in s.dates for s in schedule.special_days):
        return True, []
    known, periods = usual(schedule, day)
    is_holiday = any(day == holiday for holiday, _name in schedule.unconfirmed)
    return known and not (is_holiday and periods), periods


def usual(schedule: Schedule, day: date) -> tuple[bool, list[Period]]:
    weeks = [s.week for s in schedule.seasons if s.dates.first <= day <= s.dates.last]
    if not weeks and schedule.week is None:
        return False, []
    weeks = weeks or [schedule.week]
    periods = [period for week in weeks for period in week[day.isoweekday() - 1]]
    return len(weeks) == 1 and not clash(periods), periods


def clash(periods: list[Period]) -> bool:
    minutes = [set(range(p.opens, p.closes)) for p in periods]
    return sum(map(len, minutes)) != len(set().union(*minutes))


def decided(schedule: Schedule, day: date) -> tuple[bool, list[Period]]:
    """Return the same, seen together with the night before."""
    known, periods = said_of(schedule, day)
    known_before, before = said_of(schedule, day - timedelta(days=1))
    if known and known_before:
        night = [
            Period(0, p.closes - 1440) if p.closes - 1440 > 0 else None for p in before
        ]
        # A period of 24 hours may end on the minute at which the next one begins.
        if any(n and n.closes > p.opens for n in night for p in periods):
            known = False
    return known, periods


def shown(schedule: Schedule, moment: datetime) -> datetime:
    """Return the latest time that the wall clock has shown up to an instant."""
    return max(
        (moment - n * MINUTE).astimezone(schedule.zone).replace(tzinfo=None)
        for n in range(LONGEST_REPEAT)
    )


def kind_at(schedule: Schedule, moment: datetime) -> str:
    """Return "open", "closed" or "unknown" for an aware datetime on the full minute."""
    closure = schedule.closure
    if closure and closure.begins <= moment < (closure.ends or moment + MINUTE):
        return "closed"
    return kind_of_wall(schedule, shown(schedule, moment))


def kind_of_wall(schedule: Schedule, wall: datetime) -> str:
    answers = {"closed"}
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        minute = (wall - datetime.combine(day, datetime.min.time())) // timedelta(
            minutes=1
        )
        known, periods = decided(schedule, day)
        if known:
            if any(p.opens <= minute < p.closes for p in periods):
                answers.add("open")
        elif minute < max([1440, *(p.closes for p in periods)]):
            answers.add("unknown")
    return next(kind for kind in ("unknown", "open", "closed") if kind in answers)


def next_change(schedule: Schedule, moment: datetime, within: int) -> datetime | None:
    """Return the first of the next minutes that is of another kind, None if none is."""
    now = kind_at(schedule, moment)
    wall = shown(schedule, moment)
    for n in range(1, within + 1):
        later = moment + n * MINUTE
        wall = max(wall, later.astimezone(schedule.zone).replace(tzinfo=None))
        closure = schedule.closure
        if closure and closure.begins <= later < (closure.ends or later + MINUTE):
            kind = "closed"
        else:
            kind = kind_of_wall(schedule, wall)
        if kind != now:
            return later.astimezone(UTC)
    return None
