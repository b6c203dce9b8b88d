"""Random schedules and instants, most of them near something that is hard to get right."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import (
    Dates,
    Schedule,
    Season,
    SpecialDays,
    UnplannedClosure,
)

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
]
# Three years, a leap day among them.
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 3 * 365 * 1440 + 1440


@cache
def clock_changes(zone: str) -> list[datetime]:
    """Return when a zone changes its clock, found by looking at it hour by hour."""
    hours = [BEGIN + timedelta(hours=n) for n in range(MINUTES // 60)]
    offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    return [hours[n] for n in range(1, len(hours)) if offsets[n] != offsets[n - 1]] or [
        BEGIN
    ]


@st.composite
def periods(draw: st.DrawFn, most: int = 3) -> tuple[Period, ...]:
    """Periods of a day, mostly in order, now and then overlapping or past midnight."""
    found = []
    begin = 0
    for _ in range(draw(st.integers(0, most))):
        if draw(st.integers(0, 19)) == 0:
            begin = 0
        if begin >= 1440:
            break
        opens = draw(st.integers(begin, 1439) | st.sampled_from([begin, 120, 150, 180]))
        if not begin <= opens < 1440:
            opens = begin
        longest = draw(st.sampled_from([60, 240, 600, 1440]))
        closes = draw(st.integers(opens + 1, opens + longest))
        found.append(Period(opens, closes))
        begin = closes
    return tuple(found)


def weeks() -> st.SearchStrategy[tuple[tuple[Period, ...], ...]]:
    plain = periods(most=2).map(lambda day: (day,) * 5 + ((), ()))
    return plain | st.tuples(*[periods()] * 7)


def around(zone: str) -> st.SearchStrategy[date]:
    """Dates near changes of the clock, ends of years, leap days, or anywhere."""
    marked = [change.date() for change in clock_changes(zone)]
    marked += [date(2026, 12, 31), date(2028, 2, 29), date(2028, 1, 1)]
    near = st.builds(
        lambda day, n: day + timedelta(days=n),
        st.sampled_from(marked),
        st.integers(-3, 3),
    )
    return near | st.dates(FIRST, LAST)


@st.composite
def dates(draw: st.DrawFn, zone: str, longest: int) -> Dates:
    first = draw(around(zone))
    return Dates(first, first + timedelta(days=draw(st.integers(0, longest))))


@st.composite
def schedules(draw: st.DrawFn, zone: str) -> tuple[Schedule, list[datetime]]:
    """A schedule, and instants on the full minute to ask it about."""
    seasons = [
        Season("Season", draw(dates(zone, 120)), draw(weeks()))
        for _ in range(draw(st.integers(0, 2)))
    ]
    special = [
        SpecialDays(draw(dates(zone, 12)), draw(periods(most=2)), "A reason")
        for _ in range(draw(st.integers(0, 4)))
    ]
    holidays = {draw(around(zone)): "A holiday" for _ in range(draw(st.integers(0, 2)))}
    schedule = Schedule(
        zone=ZoneInfo(zone),
        week=draw(st.none() | weeks())
        if draw(st.integers(0, 9)) == 0
        else draw(weeks()),
        seasons=tuple(seasons),
        special_days=tuple(special),
        unconfirmed=tuple(holidays.items()),
    )
    marked = [entry.dates.first for entry in (*seasons, *special)]
    marked += [entry.dates.last for entry in (*seasons, *special)]
    marked += list(holidays)
    near = st.builds(
        lambda day, minute: schedule.moment(day) + timedelta(minutes=minute),
        (st.sampled_from(marked) | around(zone)) if marked else around(zone),
        st.integers(-600, 2400),
    )
    changes = st.builds(
        lambda change, minute: change + timedelta(minutes=minute),
        st.sampled_from(clock_changes(zone)),
        st.integers(-400, 400),
    )
    anywhere = st.integers(0, MINUTES).map(lambda n: BEGIN + timedelta(minutes=n))
    moments = [draw(near | changes | anywhere) for _ in range(4)]
    if draw(st.booleans()):
        begins = moments[0] - timedelta(minutes=draw(st.integers(-300, 300)))
        length = draw(st.none() | st.integers(1, 20_000))
        ends = begins + timedelta(minutes=length) if length else None
        closure = UnplannedClosure(begins, ends, "A burst pipe")
        schedule = Schedule(
            zone=schedule.zone,
            week=schedule.week,
            seasons=schedule.seasons,
            special_days=schedule.special_days,
            closure=closure,
            unconfirmed=schedule.unconfirmed,
        )
    return schedule, [moment.replace(second=0, microsecond=0) for moment in moments]
