"""Closed from now: who closes, until when, and what stands in the way."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from clinic_info.opening_hours.changes import end_of_day
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.pages import HomePage
from tests.clinic_info.opening_hours.conftest import (
    Enter,
    london,
)
from tests.clinic_info.opening_hours.test_admin import (
    ADDRESS,
    day,
    errors,
)


def test_closed_from_now_for_the_rest_of_today(
    reception: Client, enter: Enter, home: HomePage
) -> None:
    enter(week=((Period(0, 1440),),) * 7)

    response = reception.post(
        f"{ADDRESS}close/", {"until": "today", "reason": "a burst pipe"}
    )

    assert response.status_code == 302
    hours = OpeningHours.load()
    local = timezone.localtime(hours.closed_until)
    assert (local.hour, local.minute) == (0, 0)
    assert local.date() == timezone.localdate() + timedelta(days=1)
    page = Client().get("/").content.decode()
    assert "a burst pipe" in page
    assert ModelLogEntry.objects.get().action == "clinic_info.hours.close"
    assert reception.post(f"{ADDRESS}reopen/").status_code == 302
    assert OpeningHours.load().closure is None
    assert "a burst pipe" not in Client().get("/").content.decode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"until": "moment"}, "Say on which day"),
        ({"until": "moment", "reopen_on": "2020-01-01"}, "has passed"),
        ({"until": "moment", "reopen_on": "x", "reopen_at": "25:00"}, "valid date"),
        ({"until": "moment", "reopen_on": "9999-12-31"}, "Check the year"),
        ({"until": "tomorrow"}, "Select a valid choice"),
        ({}, "required"),
    ],
)
def test_closing_says_what_is_missing(
    reception: Client, enter: Enter, data: dict[str, str], says: str
) -> None:
    enter()

    response = reception.post(f"{ADDRESS}close/", data)

    assert response.status_code == 422
    assert any(says in error for error in errors(response))
    assert OpeningHours.load().closure is None


def test_closed_until_further_notice_and_until_a_day(
    reception: Client, enter: Enter
) -> None:
    enter()
    address = f"{ADDRESS}close/"
    for _click in range(2):
        data = {"until": "notice", "reason": "fire"}
        assert reception.post(address, data).status_code == 302
    first = OpeningHours.load().closure
    assert first.ends is None
    data = {"until": "moment", "reopen_on": day(2), "reopen_at": "13:30"}
    # Who does not know of the closure does not end it.
    response = reception.post(address, data)
    assert response.status_code == 422
    assert "Closed until further notice: fire" in response.content.decode()
    assert OpeningHours.load().closure == first
    page = BeautifulSoup(reception.get(address).content, "html.parser")
    assert page.select_one("input[name=reason]")["value"] == "fire"
    data["seen"] = page.select_one("input[name=seen]")["value"]
    assert reception.post(address, data).status_code == 302
    assert OpeningHours.load().closure.begins == first.begins
    ends = timezone.localtime(OpeningHours.load().closure.ends)
    assert (ends.date().isoformat(), ends.hour, ends.minute) == (day(2), 13, 30)


def test_nothing_that_does_not_matter_hinders_closing(
    reception: Client, enter: Enter
) -> None:
    enter()
    data = {"until": "today", "reopen_on": "x", "reopen_at": "y"}

    assert reception.post(f"{ADDRESS}close/", data).status_code == 302
    assert OpeningHours.load().closure


def test_a_closure_that_is_over_cannot_be_taken_back(
    reception: Client, enter: Enter
) -> None:
    now = timezone.now()
    enter(closed_from=now - timedelta(days=3), closed_until=now - timedelta(days=2))

    assert "Open again" not in reception.get(ADDRESS).content.decode()
    page = reception.get(f"{ADDRESS}reopen/").content.decode()
    assert "There is no unplanned closure." in page


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        # Saturday, in the shift of Friday.
        ("2026-11-21T01:00", "2026-11-21T02:00"),
        ("2026-11-21T03:00", "2026-11-22T02:00"),
        ("2026-11-21T21:00", "2026-11-22T02:00"),
    ],
)
def test_the_rest_of_today_ends_with_the_night_that_runs(
    enter: Enter, now: str, ends: str
) -> None:
    schedule = enter(week=((Period(1200, 1560),),) * 7).schedule(date(2026, 11, 21))

    assert end_of_day(schedule, london(now)) == london(ends)
