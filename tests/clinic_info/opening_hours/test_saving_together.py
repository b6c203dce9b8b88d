"""Saving twice, together, over what cannot be read, and beside seasons."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from wagtail.models import ModelLogEntry

from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Season
from clinic_info.pages import HomePage
from tests.clinic_info.opening_hours.conftest import (
    MORNING,
    NINE_TO_SIX,
    WEEK,
    Enter,
    special,
)
from tests.clinic_info.opening_hours.test_admin import (
    ADDRESS,
    day,
    errors,
    fields,
    filled,
)


def test_what_two_people_change_at_the_same_time_is_kept(
    reception: Client, enter: Enter
) -> None:
    enter(special_days=(special(day(3)), special(day(5))))
    first = filled(reception, day_0="8-9")
    first |= {"special-2-first": day(9), "special-2-reason": "Training"}
    first["special-0-DELETE"] = "on"
    second = filled(reception, day_1="7-8", **{"special-1-hours": "9-12"})
    assert reception.post(ADDRESS, first).status_code == 302

    assert reception.post(ADDRESS, second).status_code == 302

    hours = OpeningHours.load()
    assert hours.week[:2] == ((Period(480, 540),), (Period(420, 480),))
    assert hours.special_days == (
        special(day(5), periods=MORNING),
        special(day(9), reason="Training"),
    )


def test_where_changes_meet_who_saves_second_is_told_and_decides(
    reception: Client, enter: Enter
) -> None:
    enter()
    first, second = filled(reception, day_0="8-9"), filled(reception, day_0="7-8")
    first["special-0-first"] = day(9)
    assert reception.post(ADDRESS, first).status_code == 302

    response = reception.post(ADDRESS, second)

    assert response.status_code == 422
    assert "Stored now: Monday: 8:00-9:00" in response.content.decode()
    assert OpeningHours.load().week[0] == (Period(480, 540),)
    again = fields(response)
    assert again["day_0"] == "7:00-8:00"
    # What the second had not touched is the first's.
    assert again["special-0-first"] == day(9)
    assert reception.post(ADDRESS, again).status_code == 302
    assert OpeningHours.load().week[0] == (Period(420, 480),)
    assert OpeningHours.load().special_days == (special(day(9)),)


def test_two_new_entries_for_a_day_are_for_people_to_decide(
    reception: Client, enter: Enter
) -> None:
    enter()
    forms = [
        filled(reception, **{"special-0-first": day(9), "special-0-hours": hours})
        for hours in ("9-10", "9-11")
    ]
    assert reception.post(ADDRESS, forms[0]).status_code == 302

    response = reception.post(ADDRESS, forms[1])

    assert response.status_code == 422
    assert f"Special days: {day(9)}" in response.content.decode()
    assert len(OpeningHours.load().special_days) == 1


def test_a_second_click_on_save_is_no_fault(reception: Client, enter: Enter) -> None:
    enter()
    data = filled(reception, day_0="8-9", **{"special-0-first": day(9)})
    season = {
        "seen": season_seen(reception),
        "name": "Summer hours",
        "first": "2027-06-01",
        "last": "2027-08-31",
        "day_0": "7-14",
    }
    for _ in range(2):
        assert reception.post(f"{ADDRESS}seasons/add/", season).status_code == 302
    for _ in range(2):
        assert reception.post(ADDRESS, data).status_code == 302

    assert len(OpeningHours.load().seasons) == 1
    assert OpeningHours.load().special_days == (special(day(9)),)
    assert ModelLogEntry.objects.count() == 2
    button = BeautifulSoup(reception.get(ADDRESS).content, "html.parser").select_one(
        "form button[type=submit]"
    )
    assert button["data-controller"] == "w-progress"


def test_one_special_day_does_not_say_that_the_clinic_never_opens(
    reception: Client,
) -> None:
    data = filled(reception, **{"special-0-first": day(9)})

    assert reception.post(ADDRESS, data).status_code == 302

    assert OpeningHours.load().week is None
    assert OpeningHours.load().special_days == (special(day(9)),)


def test_a_row_is_deleted_while_another_is_wrong(
    reception: Client, enter: Enter
) -> None:
    enter(special_days=(special(day(3)),))
    data = filled(reception, **{"special-0-DELETE": "on", "special-1-first": day(3)})
    data["special-2-first"] = "soon"

    response = reception.post(ADDRESS, data)

    assert response.status_code == 422
    assert [error for error in errors(response) if "Another row" in error] == []


def test_hours_that_cannot_be_read_can_be_entered_anew(
    reception: Client, enter: Enter, home: HomePage
) -> None:
    enter(special_days=(special(day(9)),))
    OpeningHours.objects.update(week_stored=[["nonsense"]])

    assert reception.get("/admin/").status_code == 200
    assert "cannot be read" in reception.get(ADDRESS).content.decode()
    assert reception.get(f"{ADDRESS}close/").status_code == 200
    assert reception.post(ADDRESS, filled(reception, day_0="9-18")).status_code == 302
    assert OpeningHours.load().week[0] == NINE_TO_SIX
    assert OpeningHours.load().special_days == (special(day(9)),)

    OpeningHours.objects.update(special_days_stored=[{"first": "soon"}])
    data = {"until": "notice", "reason": "fire"}
    assert reception.post(f"{ADDRESS}close/", data).status_code == 302
    assert "fire" in Client().get("/").content.decode()


def season_seen(client: Client) -> str:
    page = BeautifulSoup(client.get(f"{ADDRESS}seasons/add/").content, "html.parser")
    return page.select_one("input[name=seen]")["value"]


@pytest.mark.parametrize(
    ("field", "hours", "says"),
    [("first", "9-12", "1 June 2027"), ("last", "20-10", "1 September 2027")],
)
def test_a_season_may_not_contradict_the_days_around_it(
    reception: Client, enter: Enter, field: str, hours: str, says: str
) -> None:
    night = (Period(1200, 2040),)
    enter(week=(night,) * 7 if field == "first" else WEEK)
    days = {f"day_{n}": hours for n in range(7)}
    nights = {f"night_{n}": "on" for n in range(7)} if field == "last" else {}
    dates = {"name": "Summer", "first": "2027-06-01", "last": "2027-08-31"}
    if field == "last":
        days["day_0"] = days["day_2"] = days["day_1"]
    data = {"seen": season_seen(reception), **dates, **days, **nights}

    response = reception.post(f"{ADDRESS}seasons/add/", data)

    assert response.status_code == 422
    assert any(f"overlap with others on {says}" in error for error in errors(response))
    assert OpeningHours.load().seasons == ()


def test_the_week_may_not_contradict_a_season(reception: Client, enter: Enter) -> None:
    dates = special("2027-06-01", "2027-08-31").dates
    enter(seasons=(Season("Summer", dates, (MORNING,) * 7),))
    # The last of May 2027 is a Monday.
    data = filled(reception, day_0="20-10", night_0="on", day_1="11-12")

    response = reception.post(ADDRESS, data)

    assert response.status_code == 422
    assert any("overlap with others on 1 June 2027" in e for e in errors(response))


def test_an_overtaken_season_can_be_saved_again(
    reception: Client, enter: Enter
) -> None:
    enter()
    season = {
        "seen": season_seen(reception),
        "name": "Summer hours",
        "first": "2027-06-01",
        "last": "2027-08-31",
        "day_0": "7-14",
    }
    enter(week=(MORNING,) * 7)

    response = reception.post(f"{ADDRESS}seasons/add/", season)

    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    season["seen"] = page.select_one("input[name=seen]")["value"]
    assert reception.post(f"{ADDRESS}seasons/add/", season).status_code == 302


def test_a_season_is_added_changed_and_deleted(reception: Client, enter: Enter) -> None:
    enter()
    address = f"{ADDRESS}seasons/add/"
    data = {
        "seen": season_seen(reception),
        "name": "Summer hours",
        "first": "2027-06-01",
        "last": "2027-08-31",
        "day_0": "7-14",
    }
    assert reception.post(address, data | {"last": "2027-05-01"}).status_code == 422
    assert reception.post(address, data).status_code == 302
    (season,) = OpeningHours.load().seasons
    assert (season.name, season.week[0]) == ("Summer hours", (Period(420, 840),))

    data["seen"] = season_seen(reception)
    response = reception.post(address, data | {"day_0": "8-14"})
    assert response.status_code == 422
    assert any("Summer hours” has some of these dates" in e for e in errors(response))

    address = f"{ADDRESS}seasons/0/"
    assert reception.get(address).status_code == 200
    assert reception.post(address, data | {"day_0": "8-14"}).status_code == 302
    assert OpeningHours.load().seasons[0].week[0] == (Period(480, 840),)
    data["seen"] = season_seen(reception)
    assert reception.post(address, data | {"delete": "yes"}).status_code == 302
    assert OpeningHours.load().seasons == ()
    assert reception.get(address).status_code == 404
