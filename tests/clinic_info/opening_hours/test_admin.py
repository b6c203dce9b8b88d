import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry
from wagtail.users.forms import GroupForm

from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from tests.clinic_info.opening_hours.conftest import (
    MORNING,
    WEEK,
    Enter,
    special,
)

ADDRESS = "/admin/opening-hours/"
Staff = Callable[[str], AbstractUser]


def day(ahead: int) -> str:
    return (timezone.localdate() + timedelta(days=ahead)).isoformat()


def filled(client: Client, **changes: Any) -> dict[str, Any]:
    """Return what the form holds as it is opened, with changes of it."""
    return fields(client.get(ADDRESS)) | changes


def fields(response: Any) -> dict[str, Any]:
    """Return what the form of a page sends if nobody touches it."""
    page = BeautifulSoup(response.content, "html.parser")
    form = page.select_one("form[data-controller]")
    data = {
        field["name"]: field.get("value", "on" if field["type"] == "checkbox" else "")
        for field in form.select("input[name]")
        if field.get("type") != "checkbox" or field.has_attr("checked")
    }
    data["clock"] = form.select_one("select option[selected]")["value"]
    return data


def errors(response: Any) -> list[str]:
    page = BeautifulSoup(response.content, "html.parser")
    return [" ".join(p.get_text().split()) for p in page.select(".error-message")]


def test_reception_sets_the_week(reception: Client) -> None:
    days = {f"day_{n}": "9:00-12:00, 13-18" for n in range(5)}
    data = filled(reception, **days, day_5="22:00-2:00", night_5="on")

    response = reception.post(ADDRESS, data)

    assert response.status_code == 302
    hours = OpeningHours.load()
    assert hours.week == (
        *[(Period(540, 720), Period(780, 1080))] * 5,
        (Period(1320, 1560),),
        (),
    )
    entry = ModelLogEntry.objects.get()
    assert entry.action == "clinic_info.hours.change"
    assert entry.user.username == "reception"
    assert entry.data["after"]["week"][5] == ["22:00-26:00"]
    assert filled(reception)["day_5"] == "22:00-2:00"
    assert filled(reception)["night_5"] == "on"


def test_special_days_are_added_changed_and_deleted(
    reception: Client, enter: Enter
) -> None:
    old = special("2020-12-24", reason="Long ago")
    recent = special(day(-20), reason="Over")
    enter(special_days=(old, recent, special(day(3)), special(day(5), periods=MORNING)))
    data = filled(reception)
    assert data["special-0-first"] == day(3)
    data |= {
        "special-0-DELETE": "on",
        "special-1-hours": "10-12",
        "special-2-first": day(8),
        "special-2-last": day(20),
        "special-2-reason": "Holidays",
    }

    assert reception.post(ADDRESS, data).status_code == 302

    assert OpeningHours.load().special_days == (
        recent,
        special(day(5), periods=(Period(600, 720),)),
        special(day(8), day(20), reason="Holidays"),
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"day_1": "9:00-12:00, 11:00-18:00"}, "overlap"),
        ({"day_1": "18:00-9:00"}, "Past midnight"),
        ({"day_1": "10:00-9:30", "night_1": "on"}, "The night of Tuesday"),
        ({"special-0-hours": "9-12"}, "This field is required."),
        ({"special-0-first": "soon"}, "Enter a valid date."),
        ({"special-0-first": "20260-01-01"}, "Enter a valid date."),
        ({"special-0-first": "9026-01-01"}, "Check the year"),
        (
            {"special-0-first": "2027-01-05", "special-0-last": "2027-01-01"},
            "before the first day",
        ),
        (
            {"special-0-first": "2027-01-05", "special-0-last": "2028-03-01"},
            "more than a year",
        ),
        (
            {
                "special-0-first": "2027-01-05",
                "special-0-hours": "9-12",
                "special-1-first": "2027-01-01",
                "special-1-last": "2027-01-10",
                "special-1-hours": "9-13",
            },
            "Another row has hours for 5 January 2027",
        ),
        (
            {
                "special-0-first": "2027-01-04",
                "special-0-hours": "22-10",
                "special-0-night": "on",
            },
            "overlap with others on 5 January 2027",
        ),
        ({"special-0-first": "2027-01-05", "special-0-reason": "r" * 81}, "at most 80"),
        ({"clock": "13"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_row_and_nothing_is_lost(
    reception: Client, enter: Enter, changed: dict[str, str], says: str
) -> None:
    before = enter()
    data = filled(reception, **changed)

    response = reception.post(ADDRESS, data)

    assert response.status_code == 422
    assert any(says in error for error in errors(response))
    assert OpeningHours.load().week == before.week
    assert OpeningHours.load().special_days == ()
    assert shown(response) >= {
        (name, value) for name, value in data.items() if name in changed and value
    } - {("clock", "13")}


def shown(response: Any) -> set[tuple[str, str]]:
    page = BeautifulSoup(response.content, "html.parser")
    return {
        (field["name"], field.get("value", "on"))
        for field in page.select("form[data-controller] input[name]")
    }


def test_two_hundred_bad_edits_are_refused_beside_their_rows(
    reception: Client, enter: Enter
) -> None:
    enter(special_days=(special("2099-01-01"),))
    dice = random.Random(6)  # noqa: S311 (repeatable, not secret)
    bad_hours = [
        "9",
        "9-",
        "18-9",
        "x",
        "9-12,11-13",
        "25-26",
        "9:61-10",
        "\x00",
        "9--1",
    ]
    bad_dates = [
        "",
        "x",
        "2027-02-30",
        "0001-01-01",
        "9999-12-31",
        "2026-13-01",
        "\x00",
    ]
    opened = filled(reception)
    for _ in range(200):
        data = dict(opened)
        for _ in range(dice.randint(1, 3)):
            if dice.random() < 0.5:
                name = f"day_{dice.randrange(7)}"
                data[name] = dice.choice(bad_hours)
            else:
                row = dice.randrange(4)
                data[f"special-{row}-first"] = dice.choice(bad_dates)
                data[f"special-{row}-hours"] = dice.choice(bad_hours)
                data[f"special-{row}-reason"] = dice.choice(["<b>", "'", "ß" * 20])
        response = reception.post(ADDRESS, data)

        assert response.status_code == 422, data
        assert errors(response), data
        typed = {(n, v) for n, v in data.items() if v and "\x00" not in v}
        names = {n for n, _v in shown(response)}
        assert {(n, v) for n, v in typed if n in names and n != "clock"} <= shown(
            response
        ) | {("csrfmiddlewaretoken", data["csrfmiddlewaretoken"])}
    assert OpeningHours.load().week == WEEK


@pytest.mark.parametrize(
    "broken",
    [
        {"special-TOTAL_FORMS": "x"},
        {"special-TOTAL_FORMS": "-1"},
        {"special-TOTAL_FORMS": "100000"},
        {"special-INITIAL_FORMS": ""},
        {"seen": "\x00"},
    ],
)
def test_a_mangled_form_is_no_fault_of_ours(
    reception: Client, enter: Enter, broken: dict[str, str]
) -> None:
    enter()

    assert reception.post(ADDRESS, filled(reception, **broken)).status_code in {
        302,
        422,
    }
    assert OpeningHours.load().week == WEEK


# Who may


def test_the_permission_can_be_given_to_a_group(db: None) -> None:
    fields = GroupForm().fields
    assert fields["permissions"].queryset.filter(codename="change_openinghours")


@pytest.mark.parametrize(
    ("group", "may"),
    [("Reception", True), ("Editors", True), ("Medical reviewers", False)],
)
def test_reception_and_editors_change_hours_and_nobody_else(
    staff: Staff, client: Client, enter: Enter, group: str, may: bool
) -> None:
    enter()
    client.force_login(staff(group))
    home = client.get("/admin/")

    assert (b"/admin/opening-hours/close/" in home.content) is may
    for path in ("", "close/", "reopen/", "seasons/add/"):
        assert (client.get(f"{ADDRESS}{path}").status_code == 200) is may
    client.post(f"{ADDRESS}close/", {"until": "today"})
    assert (OpeningHours.load().closure is not None) is may


def test_strangers_are_asked_to_sign_in(client: Client, enter: Enter) -> None:
    enter()

    response = client.post(f"{ADDRESS}close/", {"until": "today"})

    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]
    assert OpeningHours.load().closure is None


def test_the_dashboard_leads_to_closing_in_two_clicks(
    reception: Client, enter: Enter
) -> None:
    enter()
    page = BeautifulSoup(reception.get("/admin/").content, "html.parser")
    link = page.find("a", href=f"{ADDRESS}close/")

    assert "Close from now" in link.get_text()
    form = BeautifulSoup(reception.get(link["href"]).content, "html.parser")
    assert form.select_one("input[name=until][checked]")["value"] == "today"


def test_the_dashboard_names_contradictions(reception: Client, enter: Enter) -> None:
    tomorrow = date.fromisoformat(day(1))
    enter(special_days=(special(day(1), periods=MORNING),) * 2)

    page = reception.get("/admin/").content.decode()

    assert "contradict each other" in page
    assert f"{tomorrow:%A} {tomorrow.day} {tomorrow:%B}" in page
