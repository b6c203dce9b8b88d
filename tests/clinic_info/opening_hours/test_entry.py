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
        ("13:00-18:00 and 9:00-12:00", [(540, 720), (780, 1080)]),
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
    assert read_hours("22-2, 9-12", past_midnight=True) == (
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
