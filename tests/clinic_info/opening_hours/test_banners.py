"""What the head of every page says of closures, against what the badge says."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Season
from clinic_info.opening_hours.showing import ClinicHours, fortnight
from clinic_info.pages import HomePage
from tests.clinic_info.opening_hours.conftest import (
    ELEVEN_TO_THREE,
    MORNING,
    Enter,
    london,
    special,
)

WINTER = special("2026-12-21", "2027-01-03", reason="winter break")
NIGHTS = ((Period(1200, 1560),),) * 7


def banners(values: dict[str, Any], enter: Enter, text: str) -> list[str]:
    shown = ClinicHours(enter(**values)).shown(london(text))
    return [banner.text for banner in shown.banners]


BREAK = {"special_days": (WINTER, special("2026-12-29", periods=MORNING))}
LATE = {"week": NIGHTS, "special_days": (WINTER,)}


@pytest.mark.parametrize(
    ("values", "moment", "says", "turns_at"),
    [
        (BREAK, "2026-12-28T10:00", "until Tuesday 29 December", "2026-12-29T00:00"),
        (BREAK, "2026-12-29T10:00", "", "2026-12-30T00:00"),
        (BREAK, "2026-12-30T10:00", "until Monday 4 January", "2027-01-04T00:00"),
        (LATE, "2026-12-21T01:00", "", "2026-12-21T02:00"),
        (LATE, "2026-12-21T02:00", "until Monday 4 January", "2027-01-04T00:00"),
    ],
)
def test_no_page_is_temporarily_closed_while_the_clinic_is_open(
    enter: Enter, values: dict[str, Any], moment: str, says: str, turns_at: str
) -> None:
    found = banners(values, enter, moment)

    assert found == ([f"Temporarily closed {says}: winter break"] if says else [])
    shown = ClinicHours(enter(**values)).shown(london(moment))
    assert shown.turns_at == london(turns_at)
    for banner in shown.banners:
        assert banner.ends_at == london(turns_at)


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "says"),
    [
        (
            "2026-11-23T11:20",
            "2026-11-26T09:00",
            "2026-11-24T10:00",
            "Closed until Thursday 26 November at 9:00: a burst pipe",
        ),
        (
            "2026-11-23T11:20",
            "2026-11-23T13:20",
            "2026-11-23T12:00",
            "Closed until Monday 23 November at 13:20: a burst pipe",
        ),
        (
            "2026-11-23T11:20",
            "2026-11-23T20:00",
            "2026-11-23T12:00",
            "Closed until Tuesday 24 November at 9:00: a burst pipe",
        ),
        (
            "2026-11-23T11:20",
            "2026-11-24T00:00",
            "2026-11-23T12:00",
            "Closed on Monday 23 November from 11:20: a burst pipe",
        ),
        (
            "2026-11-23T11:20",
            None,
            "2026-11-24T12:00",
            "Closed until further notice: a burst pipe",
        ),
        (
            "2026-11-23T11:20",
            "2026-12-05T00:00",
            "2026-11-24T12:00",
            "Temporarily closed until Saturday 5 December: a burst pipe",
        ),
    ],
)
def test_an_unplanned_closure_says_when_it_ends(
    enter: Enter, begins: str, ends: str | None, moment: str, says: str
) -> None:
    values = {
        "closed_from": london(begins),
        "closed_until": london(ends) if ends else None,
        "closed_reason": "a burst pipe",
    }

    assert banners(values, enter, moment) == [says]


def test_what_follows_a_closure_is_not_promised_while_it_is_in_doubt(
    enter: Enter, settings: Any
) -> None:
    settings.PUBLIC_HOLIDAYS = "GB-ENG"
    found = banners(
        {"special_days": (special("2026-12-21", "2026-12-31"),)},
        enter,
        "2026-12-22T10:00",
    )

    assert found == ["Temporarily closed up to and including Thursday 31 December"]


def test_a_page_names_the_moment_at_which_what_it_says_is_over(
    client: Client, home: HomePage, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = london("2026-11-23T12:00")
    monkeypatch.setattr(timezone, "now", lambda: moment)
    ends = moment + timedelta(hours=2)
    enter(closed_from=moment, closed_until=ends)

    html = BeautifulSoup(client.get("/articles/").content, "html.parser")

    (notice,) = html.select(".site-notice")
    assert notice["data-until"] == str(int(ends.timestamp()))


def test_what_the_browser_is_told_begins_with_the_quarter_of_the_rendering(
    enter: Enter,
) -> None:
    speaker = ClinicHours(enter()).speaker(london("2026-11-20T20:07"))

    data = fortnight(speaker, london("2026-11-20T20:07"))

    begins = london("2026-11-20T20:00").timestamp()
    assert data["says"][0][0] == data["days"][0][0] == begins
    assert data["days"][1][0] == london("2026-11-21T00:00").timestamp()


def test_the_week_after_a_season_is_listed_before_the_season_ends(enter: Enter) -> None:
    dates = special("2027-06-01", "2027-08-31").dates
    hours = enter(seasons=(Season("Summer", dates, (ELEVEN_TO_THREE,) * 7),))

    assert ClinicHours(hours).shown(london("2027-08-01T12:00")).coming_weeks == []
    shown = ClinicHours(hours).shown(london("2027-08-02T00:00"))
    (week,) = shown.coming_weeks
    assert (week.name, week.dates.drawn) == (
        "The usual week",
        "from Wednesday 1 September",
    )
    assert week.rows[0].hours.drawn == "9:00-18:00"
    july = ClinicHours(hours).shown(london("2027-07-20T12:00"))
    assert july.turns_at == london("2027-08-02T00:00")
