import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic_info.opening_hours.entry import HoursEntryError, hours_entry, read_hours
from clinic_info.opening_hours.periods import Period
from tests.clinic_info.opening_hours.schedules import periods


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  closed ", []),
        ("9:00-18:00", [(540, 1080)]),
        ("09.00 – 18.00", [(540, 1080)]),
        ("9-18", [(540, 1080)]),
        ("9 am to 6 pm", [(540, 1080)]),
        ("9am-12pm, 1pm-6 p.m.", [(540, 720), (780, 1080)]),
        ("9:00-12:00 and 13:00-18:00", [(540, 720), (780, 1080)]),
        # One half of the day is enough where the other time can only mean one.
        ("9-5 pm", [(540, 1020)]),
        ("9 am-11", [(540, 660)]),
        ("12-5 pm", [(720, 1020)]),
        ("13-5 pm", [(780, 1020)]),
        ("9:00-12:00,12:00-18:00", [(540, 720), (720, 1080)]),
        ("0:00-24:00", [(0, 1440)]),
        ("12am-6am", [(0, 360)]),
    ],
)
def test_hours_are_read_as_people_write_them(
    text: str, expected: list[tuple[int, int]]
) -> None:
    found = read_hours(text, past_midnight=False)

    assert found == tuple(Period(*pair) for pair in expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("9:00-12:00, 11:00-18:00", "overlap"),
        ("18:00-9:00", "tick “Past midnight”"),
        ("9:00-9:00", "tick “Past midnight”"),
        ("9-5", "Write 17:00"),
        ("9-12, 2-5", "2:00 is before 9:00; write 14:00"),
        ("8:30-12:30 and 2-6", "2:00 is before 8:30; write 14:00"),
        ("13:00-18:00 and 9:00-12:00", "or the times in their order"),
        ("23:00-23:30, 9:00-10:00", "Write the times in their order"),
        ("1-5 pm", "in two ways"),
        ("1 pm-5", "in two ways"),
        ("9 pm-11", "in two ways"),
        ("9:00", "not understood"),
        ("9:60-18:00", "not understood"),
        ("9:00-25:00", "not understood"),
        ("24:00-25:00", "not understood"),
        ("13pm-14pm", "not understood"),
        ("nine to five", "not understood"),
        ("9:00-18:00,", "not understood"),
        ("٩-١٨", "not understood"),
        ("1-2,2-3,3-4,4-5,5-6,6-7,7-8", "At most 6"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, says: str) -> None:
    with pytest.raises(HoursEntryError, match=says):
        read_hours(text, past_midnight=False)


def test_the_last_period_may_go_past_midnight() -> None:
    with pytest.raises(HoursEntryError, match="2:00 is before 9:00"):
        read_hours("9-12, 2-5", past_midnight=True)
    assert read_hours("9-12, 22-2", past_midnight=True) == (
        Period(540, 720),
        Period(1320, 1560),
    )


@given(st.text(), st.booleans())
def test_any_text_is_read_or_refused(text: str, past_midnight: bool) -> None:
    try:
        found = read_hours(text, past_midnight=past_midnight)
    except HoursEntryError:
        return
    assert all(isinstance(period, Period) for period in found)


@given(periods(most=3))
def test_what_is_shown_for_editing_means_the_same(found: tuple[Period, ...]) -> None:
    text, is_night = hours_entry(found)
    try:
        again = read_hours(text, past_midnight=is_night)
    except HoursEntryError:
        # Hours that overlap cannot be entered.
        again = found
    assert sorted(again) == sorted(found)
