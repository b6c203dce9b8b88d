"""The engine by example; the oracle beside it covers what nobody thinks of."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic_info.opening_hours.grouping import DayGroup, grouped
from clinic_info.opening_hours.periods import Period, Periods, Week
from clinic_info.opening_hours.schedule import (
    Dates,
    Kind,
    Rule,
    Schedule,
    Season,
    SpecialDays,
    State,
    UnplannedClosure,
)

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_SIX = (Period(540, 1080),)
ELEVEN_TO_THREE = (Period(660, 900),)
MORNING = (Period(540, 720),)
WEEK: Week = (*[NINE_TO_SIX] * 5, ELEVEN_TO_THREE, ())
PLAIN = Schedule(zone=BERLIN, week=WEEK)
# A Friday.
FRIDAY = date(2026, 11, 20)
SATURDAY, SUNDAY, MONDAY = (FRIDAY + timedelta(days=n) for n in (1, 2, 3))


def at(day: date, hour: int, minute: int = 0, *, fold: int = 0) -> datetime:
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)
    return wall.replace(fold=fold).astimezone(UTC)


def special(
    first: date, periods: Periods = (), *, days: int = 1, reason: str = "Training"
) -> SpecialDays:
    return SpecialDays(Dates(first, first + timedelta(days=days - 1)), periods, reason)


def every_day(*periods: Period) -> Week:
    return (periods,) * 7


@pytest.mark.parametrize(
    ("moment", "kind", "until"),
    [
        (at(FRIDAY, 8, 59), Kind.CLOSED, at(FRIDAY, 9)),
        (at(FRIDAY, 9), Kind.OPEN, at(FRIDAY, 18)),
        (at(FRIDAY, 17, 59), Kind.OPEN, at(FRIDAY, 18)),
        (at(FRIDAY, 18), Kind.CLOSED, at(SATURDAY, 11)),
        (at(SATURDAY, 11, 30), Kind.OPEN, at(SATURDAY, 15)),
        (at(SATURDAY, 15), Kind.CLOSED, at(MONDAY, 9)),
        (at(SUNDAY, 12), Kind.CLOSED, at(MONDAY, 9)),
    ],
)
def test_a_plain_week(moment: datetime, kind: Kind, until: datetime) -> None:
    state = PLAIN.state_at(moment)

    assert (state.kind, state.until) == (kind, until)


def test_the_answer_is_the_same_from_every_zone() -> None:
    for zone in (UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")):
        moment = at(SATURDAY, 11, 30).astimezone(zone)
        assert PLAIN.state_at(moment) == PLAIN.state_at(at(SATURDAY, 11, 30))


def test_a_lunch_break_is_closed() -> None:
    schedule = Schedule(BERLIN, every_day(Period(540, 720), Period(780, 1080)))

    assert schedule.state_at(at(FRIDAY, 12, 30)) == State(
        Kind.CLOSED, at(FRIDAY, 13), Kind.OPEN
    )


def test_periods_that_touch_are_one() -> None:
    schedule = Schedule(BERLIN, every_day(Period(540, 720), Period(720, 1080)))

    assert schedule.state_at(at(FRIDAY, 10)).until == at(FRIDAY, 18)


def test_open_day_and_night_has_no_next_change() -> None:
    schedule = Schedule(BERLIN, every_day(Period(0, 1440)))

    assert schedule.state_at(at(FRIDAY, 10)) == State(Kind.OPEN)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    week = (*[()] * 4, (Period(1320, 1560),), (), ())
    schedule = Schedule(BERLIN, week, special_days=(special(SATURDAY),))

    assert schedule.state_at(at(SATURDAY, 1)).until == at(SATURDAY, 2)
    assert schedule.state_at(at(SATURDAY, 2)).kind is Kind.CLOSED


# Precedence


def test_each_rule_goes_before_the_next() -> None:
    christmas = date(2026, 12, 25)
    winter = Season("Winter", Dates(FRIDAY, date(2027, 1, 31)), every_day(*MORNING))
    schedule = PLAIN
    assert schedule.on(christmas).rule is Rule.WEEK
    schedule = replace(schedule, seasons=(winter,))
    assert schedule.on(christmas).rule is Rule.SEASON
    schedule = replace(schedule, unconfirmed=((christmas, "Christmas Day"),))
    assert schedule.on(christmas).rule is Rule.UNCONFIRMED
    assert schedule.state_at(at(christmas, 10)).kind is Kind.UNKNOWN
    closed = special(christmas - timedelta(days=3), days=9)
    schedule = replace(schedule, special_days=(closed,))
    assert schedule.on(christmas).rule is Rule.CLOSURE
    assert schedule.state_at(at(christmas, 10)).kind is Kind.CLOSED
    hours = special(christmas, MORNING, reason="Emergencies")
    schedule = replace(schedule, special_days=(closed, hours))
    assert schedule.on(christmas).rule is Rule.SPECIAL
    assert schedule.state_at(at(christmas, 10)).until == at(christmas, 12)
    closure = UnplannedClosure(at(christmas, 11), at(christmas, 23), "A burst pipe")
    schedule = replace(schedule, closure=closure)
    assert schedule.state_at(at(christmas, 10)).until == at(christmas, 11)
    assert schedule.state_at(at(christmas, 11)).reason == "A burst pipe"


def test_a_holiday_on_a_day_that_is_closed_anyway_asks_nobody() -> None:
    schedule = replace(PLAIN, unconfirmed=((SUNDAY, "Remembrance Sunday"),))

    assert schedule.on(SUNDAY).rule is Rule.WEEK
    assert schedule.coming_unconfirmed(FRIDAY, 30) == []


def test_before_a_holiday_in_doubt_nobody_says_when_it_opens() -> None:
    schedule = replace(PLAIN, unconfirmed=((MONDAY, "A holiday"),))

    assert schedule.state_at(at(SUNDAY, 12)) == State(
        Kind.CLOSED, at(MONDAY, 0), Kind.UNKNOWN
    )
    assert [day.reason for day in schedule.coming_unconfirmed(FRIDAY, 30)] == [
        "A holiday"
    ]


def test_closed_from_now_until_further_notice() -> None:
    closure = UnplannedClosure(at(FRIDAY, 11), None, "A burst pipe")
    schedule = replace(PLAIN, closure=closure)

    assert schedule.state_at(at(FRIDAY, 10)).until == at(FRIDAY, 11)
    assert schedule.state_at(at(FRIDAY, 11)) == State(
        Kind.CLOSED, reason="A burst pipe"
    )


def test_a_closure_says_why_on_its_days_only() -> None:
    schedule = replace(PLAIN, special_days=(special(FRIDAY),))

    assert schedule.state_at(at(FRIDAY, 10)) == State(
        Kind.CLOSED, at(SATURDAY, 11), Kind.OPEN, "Training"
    )
    assert schedule.state_at(at(SATURDAY, 1)).reason == ""


# Contradictions and missing data


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(BERLIN, every_day(Period(540, 720), Period(660, 900))),
        Schedule(BERLIN, every_day(Period(540, 720), Period(540, 720))),
        Schedule(BERLIN, every_day(Period(540, 600), Period(1200, 2000))),
        replace(PLAIN, special_days=(special(FRIDAY, MORNING),) * 2),
        replace(
            PLAIN,
            seasons=(Season("A", Dates(FRIDAY, FRIDAY), WEEK),) * 2,
        ),
    ],
    ids=["overlap", "twice", "night into day", "double date", "two seasons"],
)
def test_contradictions_are_named_and_not_decided(schedule: Schedule) -> None:
    assert schedule.state_at(at(FRIDAY, 10)).kind is Kind.UNKNOWN
    assert FRIDAY in [day.date for day in schedule.contradictions(FRIDAY, MONDAY)]


def test_two_closures_on_one_date_are_no_contradiction() -> None:
    schedule = replace(PLAIN, special_days=(special(FRIDAY, days=3), special(FRIDAY)))

    assert schedule.on(FRIDAY).rule is Rule.CLOSURE
    assert schedule.contradictions(FRIDAY, MONDAY) == []


def test_without_a_week_nothing_is_known() -> None:
    assert Schedule(BERLIN).state_at(at(FRIDAY, 10)) == State(Kind.UNKNOWN)


@pytest.mark.parametrize(
    ("opens", "closes"), [(-1, 5), (1440, 1500), (540, 540), (540, 500), (60, 1501)]
)
def test_what_is_no_period_is_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="no period"):
        Period(opens, closes)


def test_dates_do_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="is before"):
        Dates(MONDAY, FRIDAY)


# Clock changes, leap days, ends of years

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


@pytest.mark.parametrize(
    ("period", "opens", "closes"),
    [
        # 2:30 does not exist that night: 3:00 is the first time after it.
        (Period(150, 240), at(SPRING, 3), at(SPRING, 4)),
        (Period(60, 150), at(SPRING, 1), at(SPRING, 3)),
        (Period(0, 1440), None, None),
    ],
)
def test_a_time_that_is_left_out_counts_from_the_change_on(
    period: Period, opens: datetime | None, closes: datetime | None
) -> None:
    schedule = Schedule(BERLIN, every_day(period))

    if opens and closes:
        assert schedule.state_at(opens - timedelta(minutes=1)).until == opens
        assert schedule.state_at(opens).until == closes
    else:
        assert schedule.state_at(at(SPRING, 1)) == State(Kind.OPEN)


def test_a_period_within_the_gap_does_not_take_place() -> None:
    schedule = Schedule(BERLIN, every_day(Period(130, 170)))
    state = schedule.state_at(at(SPRING, 0))

    assert (state.kind, state.until) == (
        Kind.CLOSED,
        at(SPRING + timedelta(days=1), 2, 10),
    )


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    schedule = Schedule(BERLIN, every_day(Period(60, 150)))

    assert schedule.state_at(at(AUTUMN, 2, 29)).kind is Kind.OPEN
    assert schedule.state_at(at(AUTUMN, 2, 30)).kind is Kind.CLOSED
    assert schedule.state_at(at(AUTUMN, 2, 15, fold=1)).kind is Kind.CLOSED


@pytest.mark.parametrize(
    "day", [date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)]
)
def test_leap_days_and_ends_of_years_are_days(day: date) -> None:
    schedule = Schedule(BERLIN, every_day(*NINE_TO_SIX))

    assert schedule.state_at(at(day, 20)).until == at(day + timedelta(days=1), 9)


# What is announced


def test_special_days_are_announced_ahead_and_then_forgotten() -> None:
    entry = special(date(2026, 12, 24), MORNING)
    schedule = replace(PLAIN, special_days=(entry,))

    assert schedule.coming(date(2026, 12, 9), 14) == []
    assert schedule.coming(date(2026, 12, 10), 14) == [entry]
    assert schedule.coming(date(2026, 12, 24), 14) == [entry]
    assert schedule.coming(date(2026, 12, 25), 14) == []


def test_the_turns_of_what_is_announced_are_known_ahead() -> None:
    schedule = replace(
        PLAIN,
        special_days=(special(date(2026, 12, 24), days=2),),
        unconfirmed=((date(2027, 1, 1), "New Year"),),
    )
    turns = []
    day: date | None = FRIDAY
    while day and (day := schedule.next_turn(day, 14)):
        turns.append(day.isoformat())

    assert turns == [
        "2026-12-10",
        "2026-12-18",
        "2026-12-24",
        "2026-12-26",
        "2027-01-01",
        "2027-01-02",
    ]


@pytest.mark.parametrize(
    ("days", "periods", "expected"),
    [(6, (), False), (7, (), True), (30, MORNING, False)],
)
def test_a_closure_of_seven_days_is_a_long_one(
    days: int, periods: Periods, expected: bool
) -> None:
    assert special(FRIDAY, periods, days=days).is_long_closure is expected


def test_equal_neighbouring_days_are_grouped() -> None:
    assert grouped(WEEK) == [
        DayGroup(0, 4, NINE_TO_SIX),
        DayGroup(5, 5, ELEVEN_TO_THREE),
        DayGroup(6, 6, ()),
    ]
    assert grouped((MORNING, (), MORNING, *[()] * 4)) == [
        DayGroup(0, 0, MORNING),
        DayGroup(1, 1, ()),
        DayGroup(2, 2, MORNING),
        DayGroup(3, 6, ()),
    ]
