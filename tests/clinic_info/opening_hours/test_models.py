from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from clinic_info.demo import sample
from clinic_info.opening_hours import stored
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.schedule import Dates, Season, SpecialDays
from clinic_info.opening_hours.showing import ClinicHours
from tests.clinic_info.opening_hours.conftest import WEEK, Enter, london
from tests.clinic_info.opening_hours.schedules import periods, weeks


@pytest.mark.parametrize(
    "values",
    [
        {"week_stored": []},
        {"week_stored": [["9:00-18:00"]] * 6},
        {"week_stored": [["18:00-9:00"]] * 7},
        {"week_stored": {"monday": []}},
        {"week_stored": [[540]] * 7},
        {"special_days_stored": [{"first": "2026-01-01"}]},
        {
            "special_days_stored": [
                {"first": "x", "last": "x", "periods": [], "reason": ""}
            ]
        },
        {"seasons_stored": [None]},
        {"seasons_stored": "summer"},
    ],
)
def test_what_could_not_be_read_again_is_not_stored(
    db: None, values: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        OpeningHours(pk=1, **values).save()

    assert not OpeningHours.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"pk": 2},
        {
            "pk": 1,
            "closed_from": london("2026-11-20T12:00"),
            "closed_until": london("2026-11-20T12:00"),
        },
    ],
)
def test_the_database_keeps_one_row_with_a_closure_in_order(
    db: None, values: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OpeningHours(**values).save()


@given(weeks(), periods(), st.text(max_size=20), st.dates(), st.integers(0, 400))
def test_what_is_stored_comes_back(
    week: Any, hours: Any, text: str, first: date, days: int
) -> None:
    last = min(first.toordinal() + days, date.max.toordinal())
    dates = Dates(first, date.fromordinal(last))
    season = Season(text, dates, week)
    entry = SpecialDays(dates, tuple(sorted(hours)), text)

    again = stored.read_season(stored.write_season(season))
    assert [sorted(day) for day in again.week] == [sorted(day) for day in week]
    assert (again.name, again.dates) == (text, dates)
    assert stored.read_special_days(stored.write_special_days(entry)) == entry


def test_the_sample_has_the_hours_of_the_mission(db: None) -> None:
    today = date(2026, 11, 22)
    sample._enter_hours(today)
    hours = OpeningHours.load()
    shown = ClinicHours(hours).shown(london("2026-11-25T12:00"))

    assert [f"{row.days.drawn} {row.hours.drawn}" for row in shown.week.rows] == [
        "Monday - Friday 9:00-18:00",
        "Saturday 11:00-15:00",
        "Sunday Closed",
    ]
    (special,) = hours.special_days
    assert timedelta(days=7) <= special.dates.first - today <= timedelta(days=14)
    assert special.dates.first.weekday() == 2


def test_the_sample_leaves_hours_alone_that_are_there(enter: Enter) -> None:
    enter(week=((),) * 7)

    sample._enter_hours(date(2026, 11, 22))

    assert OpeningHours.load().week != WEEK
