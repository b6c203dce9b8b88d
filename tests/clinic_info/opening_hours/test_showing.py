import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, assume, given, settings

from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import LOOK_AHEAD, Schedule, Season
from clinic_info.opening_hours.showing import ClinicHours, fortnight, script_json, show
from clinic_info.opening_hours.wording import Speaker
from clinic_info.pages import HomePage
from tests.clinic_info.opening_hours.conftest import (
    ELEVEN_TO_THREE,
    MORNING,
    WEEK,
    Enter,
    london,
    special,
)
from tests.clinic_info.opening_hours.schedules import ZONES, schedules
from tests.factories import ContactPageFactory

FRIDAY = "2026-11-20"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock of the site: `at("2026-11-20T10:00")`."""

    def set_clock(text: str) -> datetime:
        moment = london(text)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_clock


def page(client: Client, path: str = "/") -> BeautifulSoup:
    response = client.get(path)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def drawn(table: Any) -> list[tuple[str, ...]]:
    """Return the cells of a table as they are seen."""
    for hidden in table.select(".visually-hidden"):
        hidden.decompose()
    return [
        tuple(" ".join(cell.get_text().split()) for cell in row.select("th, td"))
        for row in table.select("tr")
    ]


def picked(data: dict[str, Any], moment: datetime) -> tuple[str, str, str]:
    """Return kind, sentence and mark as the script of the page picks them."""
    now = moment.timestamp()
    if not now < data["until"]:
        return "", "", ""
    kind, text = [entry[1:] for entry in data["says"] if entry[0] <= now][-1]
    mark = [entry[1] for entry in data["days"] if entry[0] <= now][-1]
    return kind, text, mark


def embedded(client: Client, path: str = "/") -> dict[str, Any]:
    return json.loads(page(client, path).select_one("[data-opening-hours]").string)


# Tables


def test_the_foot_of_every_page_has_the_week_in_groups(
    client: Client, home: HomePage, enter: Enter
) -> None:
    enter()

    for path in ("/", "/articles/"):
        footer = page(client, path).select_one("footer")
        table = footer.select_one(".hours-table")
        read = [span.get_text() for span in table.select(".visually-hidden")]
        assert read[1:] == ["Monday to Friday", "9:00 to 18:00", "11:00 to 15:00"]
        assert drawn(table) == [
            ("Monday - Friday", "9:00-18:00"),
            ("Saturday", "11:00-15:00"),
            ("Sunday", "Closed"),
        ]


def test_without_javascript_no_day_is_marked_and_there_is_no_badge(
    client: Client, home: HomePage, enter: Enter
) -> None:
    enter()
    html = page(client)

    assert not html.select("th[aria-current]")
    states = html.select("[data-hours-state]")
    assert states
    assert all(state.has_attr("hidden") and not state.get_text() for state in states)


def test_without_hours_nothing_is_said(client: Client, home: HomePage) -> None:
    html = page(client)

    assert not html.select("[data-hours-state], .hours-table, [data-opening-hours]")


def test_hours_that_cannot_be_read_break_no_page(
    client: Client, home: HomePage, enter: Enter
) -> None:
    enter()
    OpeningHours.objects.update(week_stored=[["nonsense"]])

    assert not page(client).select(".hours-table")


def test_times_can_be_written_by_a_twelve_hour_clock(
    client: Client, home: HomePage, enter: Enter
) -> None:
    enter(week=((Period(540, 720), Period(750, 1440)),) * 7, clock="12")

    table = page(client).select_one("footer .hours-table")

    assert drawn(table) == [("Monday - Sunday", "9:00 am-12:00 pm, 12:30 pm-12:00 am")]


def test_special_days_are_listed_two_weeks_ahead_and_thirty_days_on_the_contact_page(
    client: Client, home: HomePage, enter: Enter, at: Any
) -> None:
    ContactPageFactory(parent=home)
    enter(
        special_days=(
            special("2026-12-04", periods=MORNING, reason="Staff <b>training</b>"),
            special("2026-12-20", "2027-01-03", reason="Holidays"),
        )
    )
    training = ("Friday 4 December Staff <b>training</b>", "9:00-12:00")
    holidays = ("Sunday 20 December - Sunday 3 January Holidays", "Closed")

    at("2026-11-19T23:59")
    assert not page(client).select("footer .hours-table--special")
    at("2026-11-20T00:00")
    html = page(client, "/contact/")
    assert drawn(html.select_one("footer .hours-table--special")) == [training]
    assert drawn(html.select_one("main .hours-table--special")) == [training, holidays]
    at("2026-12-04T23:59")
    assert drawn(page(client).select_one(".hours-table--special")) == [training]
    at("2026-12-05T00:00")
    assert not page(client).select("footer .hours-table--special")


def test_a_season_takes_the_place_of_the_week_in_its_time(
    client: Client, home: HomePage, enter: Enter, at: Any
) -> None:
    from_to = special("2027-06-01", "2027-08-31").dates
    ContactPageFactory(parent=home)
    enter(seasons=(Season("Summer hours", from_to, (ELEVEN_TO_THREE,) * 7),))

    at("2027-05-31T12:00")
    assert len(page(client).select("footer .hours-table")) == 1
    assert len(page(client, "/contact/").select("main .hours-table")) == 2
    at("2027-06-01T00:00")
    table = page(client).select_one("footer .hours-table")
    assert "Summer hours" in table.caption.get_text()
    assert drawn(table) == [("Monday - Sunday", "11:00-15:00")]


# What begins and ends at a moment


def test_a_page_is_kept_until_the_next_thing_begins_or_ends(
    client: Client, home: HomePage, enter: Enter, at: Any
) -> None:
    at("2026-11-20T12:00")
    enter()
    assert client.get("/articles/").headers.get("X-Page-Fresh-Until") is None
    enter(special_days=(special("2026-12-24"),))
    for now, expected in [
        ("2026-11-20T12:00", "2026-11-24T00:00"),
        ("2026-11-24T00:00", "2026-12-10T00:00"),
        ("2026-12-10T00:00", "2026-12-24T00:00"),
        ("2026-12-24T12:00", "2026-12-25T00:00"),
    ]:
        at(now)
        stamp = float(client.get("/articles/").headers["X-Page-Fresh-Until"])
        assert stamp == london(expected).timestamp()


def test_an_unplanned_closure_stands_at_the_head_of_every_page_while_it_lasts(
    client: Client, home: HomePage, enter: Enter, at: Any
) -> None:
    enter(
        closed_from=london("2026-11-20T11:20"),
        closed_until=london("2026-11-20T16:00"),
        closed_reason="a burst pipe",
    )
    at("2026-11-20T11:20")
    response = client.get("/articles/")
    assert (
        "Closed until Friday 20 November at 16:00: a burst pipe"
        in response.content.decode()
    )
    stamp = float(response.headers["X-Page-Fresh-Until"])
    assert stamp == london("2026-11-20T16:00").timestamp()
    assert picked(embedded(client), london("2026-11-20T12:00"))[1] == (
        "Closed: a burst pipe · opens at 16:00"
    )
    at("2026-11-20T16:00")
    assert not page(client, "/articles/").select(".site-notices")


def test_a_closure_of_a_week_reads_temporarily_closed(
    client: Client, home: HomePage, enter: Enter, at: Any
) -> None:
    enter(special_days=(special("2026-12-21", "2027-01-03", reason="winter break"),))
    text = "Temporarily closed until Monday 4 January: winter break"

    at("2026-12-20T12:00")
    assert text not in client.get("/").content.decode()
    at("2026-12-21T00:00")
    assert text in client.get("/").content.decode()
    at("2027-01-04T00:00")
    assert text not in client.get("/").content.decode()


# The badge

SAID = [
    ({}, "2026-11-20T10:00", "Open now · closes at 18:00"),
    ({}, "2026-11-20T08:00", "Closed · opens at 9:00"),
    ({}, "2026-11-20T18:00", "Closed · opens tomorrow at 11:00"),
    ({}, "2026-11-21T15:00", "Closed · opens Monday at 9:00"),
    ({}, "2026-11-22T12:00", "Closed · opens tomorrow at 9:00"),
    (
        {"special_days": (special(FRIDAY, reason="staff training"),)},
        "2026-11-20T10:00",
        "Closed today: staff training · opens tomorrow at 11:00",
    ),
    (
        {"special_days": (special(FRIDAY, "2026-12-06", reason="moving house"),)},
        "2026-11-20T10:00",
        "Temporarily closed: moving house · opens Monday 7 December at 9:00",
    ),
    (
        {"week": ((Period(1320, 1560),),) * 7},
        "2026-11-20T23:00",
        "Open now · closes at 2:00",
    ),
    (
        {"week": ((Period(1320, 1560),),) * 7},
        "2026-11-21T01:00",
        "Open now · closes at 2:00",
    ),
    ({"week": ((Period(0, 1440),),) * 7}, "2026-11-20T23:00", "Open now"),
    ({"week": ((),) * 7}, "2026-11-20T23:00", "Closed"),
    (
        {"closed_from": london("2026-11-20T09:30"), "closed_reason": "no power"},
        "2026-11-20T10:00",
        "Closed until further notice: no power",
    ),
    ({"special_days": (special(FRIDAY, periods=MORNING),) * 2}, "2026-11-20T10:00", ""),
]


@pytest.mark.parametrize(("values", "moment", "says"), SAID)
def test_what_the_badge_says(
    enter: Enter, values: dict[str, Any], moment: str, says: str
) -> None:
    assert ClinicHours(enter(**values)).sentence(london(moment)) == says


@pytest.mark.parametrize("zone", ZONES)
def test_what_a_kept_page_picks_is_what_the_engine_says(zone: str) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(schedules(zone))
    def compare(case: tuple[Schedule, list[datetime]]) -> None:
        schedule, moments = case
        speaker = Speaker(schedule, "24")
        rendered = moments[0]
        data = json.loads(script_json(fortnight(speaker, rendered)))
        ends = datetime.fromtimestamp(data["until"], rendered.tzinfo)
        assert timedelta(days=13, hours=23) < ends - rendered <= timedelta(days=14)
        for n in (0, 1, 61, 1439, 2881, 7777, 14 * 1440 - 16):
            moment = rendered + timedelta(minutes=n)
            state = schedule.state_at(moment)
            # What is further ahead than the engine looks comes into sight meanwhile.
            assume(not state.until or state.until - rendered < LOOK_AHEAD[-1])
            expected = (state.kind.value, speaker.badge(state, moment))
            assert picked(data, moment)[:2] == expected
        assert picked(data, rendered + timedelta(days=14, minutes=1)) == ("", "", "")
        show(speaker, rendered)

    compare()


def test_the_mark_of_each_day_is_that_of_a_row(enter: Enter, at: Any) -> None:
    hours = enter(special_days=(special("2026-11-24", periods=MORNING),))
    shown = ClinicHours(hours).shown(at("2026-11-20T10:00"))
    data = json.loads(shown.data)
    marks = {
        mark for row in [*shown.week.rows, *shown.special] for mark in row.marks.split()
    }

    assert {mark for _begins, mark in data["days"]} <= marks
    assert picked(data, london("2026-11-24T10:00"))[2] == "h2026-11-24"
    assert picked(data, london("2026-11-25T10:00"))[2] == "w2"


def test_no_text_can_end_the_script(
    client: Client, home: HomePage, enter: Enter, at: Any
) -> None:
    at("2026-11-20T10:00")
    evil = "</script><script>alert(1)</script>&"
    enter(special_days=(special(FRIDAY, reason=evil),))

    html = client.get("/").content.decode()

    assert "<script>alert" not in html
    assert evil in picked(embedded(client), london("2026-11-20T10:00"))[1]


def test_hours_are_said_once_a_quarter_and_anew_when_something_turns(
    enter: Enter,
) -> None:
    hours = ClinicHours(enter(week=WEEK, closed_from=london("2026-11-20T11:20")))
    first = hours.shown(london("2026-11-20T11:15"))

    assert hours.shown(london("2026-11-20T11:19")) is first
    assert first.banners == []
    assert hours.shown(london("2026-11-20T11:20")).banners
    assert hours.shown(london("2026-11-20T11:30")) is not first
