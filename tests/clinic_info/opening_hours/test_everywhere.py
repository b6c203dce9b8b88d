"""One table of cases; the same answer in foot, contact page, structured data and mail."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from clinic_info.details import ClinicDetails
from clinic_info.opening_hours.emails import holiday_question
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Season
from clinic_info.opening_hours.showing import ClinicHours
from clinic_info.pages import HomePage
from tests.clinic_info.opening_hours.conftest import (
    ELEVEN_TO_THREE,
    MORNING,
    NINE_TO_SIX,
    WEEK,
    Enter,
    london,
    special,
)
from tests.clinic_info.opening_hours.test_showing import picked
from tests.factories import ContactPageFactory

LUNCH = (Period(540, 720), Period(780, 1080))
NIGHT = (Period(1200, 1560),)
REACHING = (Period(540, 600), Period(1200, 2040))
FRIDAY_AT_TEN = "2026-11-20T10:00"
SAMPLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "lunch": {"week": (LUNCH,) * 7},
    "night": {"week": (NIGHT,) * 7},
    "round the clock": {"week": ((Period(0, 1440),),) * 7},
    "never": {"week": ((),) * 7},
    "special": {
        "special_days": (
            special("2026-11-20", periods=MORNING, reason="Training"),
            special("2026-11-23", "2026-11-27", reason="Moving"),
            special("2026-11-25", periods=ELEVEN_TO_THREE, reason="Emergencies"),
        )
    },
    "season": {
        "seasons": (
            Season(
                "Winter",
                special("2026-11-21", "2027-02-28").dates,
                (*[ELEVEN_TO_THREE] * 7,),
            ),
        )
    },
    "burst pipe": {
        "closed_from": london("2026-11-20T11:20"),
        "closed_until": london("2026-11-23T13:00"),
        "closed_reason": "A burst pipe",
    },
    "noon": {
        "week": (NIGHT,) * 7,
        "closed_from": london("2026-11-20T11:20"),
        "closed_until": london("2026-11-20T16:00"),
    },
    "half a night": {
        "week": (NIGHT,) * 7,
        "closed_from": london("2026-11-20T22:00"),
        "closed_until": london("2026-11-21T01:00"),
    },
    "closed Saturday": {
        "week": (NIGHT,) * 7,
        "special_days": (special("2026-11-21"),),
    },
    "open Saturday": {
        "week": ((), (), (), (), (), (), ()),
        "special_days": (special("2026-11-21", periods=NIGHT),),
    },
    "from nine to nine": {"week": ((Period(540, 1980),),) * 7},
    "winter break": {
        "special_days": (
            special("2026-12-21", "2027-01-03", reason="Winter break"),
            special("2026-12-29", periods=MORNING),
        )
    },
}
# Sample, moment by the clinic's clock, open or not.
CASES = [
    *[
        ("plain", f"2026-11-20T{clock}", is_open)
        for clock, is_open in [
            ("00:00", False),
            ("08:59", False),
            ("09:00", True),
            ("12:00", True),
            ("17:59", True),
            ("18:00", False),
            ("23:59", False),
        ]
    ],
    ("plain", "2026-11-21T10:59", False),
    ("plain", "2026-11-21T11:00", True),
    ("plain", "2026-11-21T15:00", False),
    ("plain", "2026-11-22T12:00", False),
    ("plain", "2026-11-23T09:00", True),
    # The days on which the clock changes.
    ("plain", "2027-03-28T12:00", False),
    ("plain", "2027-03-29T09:00", True),
    ("plain", "2026-10-26T08:59", False),
    ("plain", "2026-10-26T09:00", True),
    ("plain", "2026-12-31T17:59", True),
    ("plain", "2027-01-01T09:00", True),
    ("plain", "2028-02-29T12:00", True),
    ("lunch", "2026-11-20T11:59", True),
    ("lunch", "2026-11-20T12:00", False),
    ("lunch", "2026-11-20T12:59", False),
    ("lunch", "2026-11-20T13:00", True),
    ("night", "2026-11-20T19:59", False),
    ("night", "2026-11-20T20:00", True),
    ("night", "2026-11-21T00:00", True),
    ("night", "2026-11-21T01:59", True),
    ("night", "2026-11-21T02:00", False),
    ("round the clock", "2026-11-20T00:00", True),
    ("round the clock", "2026-11-20T12:00", True),
    ("never", "2026-11-20T12:00", False),
    ("special", "2026-11-20T11:59", True),
    ("special", "2026-11-20T12:00", False),
    ("special", "2026-11-21T12:00", True),
    ("special", "2026-11-23T12:00", False),
    ("special", "2026-11-24T12:00", False),
    ("special", "2026-11-25T10:00", False),
    ("special", "2026-11-25T12:00", True),
    ("special", "2026-11-26T12:00", False),
    ("special", "2026-11-27T17:00", False),
    ("special", "2026-11-28T12:00", True),
    ("season", "2026-11-20T10:00", True),
    ("season", "2026-11-21T10:00", False),
    ("season", "2026-11-22T12:00", True),
    ("season", "2026-12-23T17:00", False),
    ("season", "2027-03-01T17:00", True),
    *[
        (sample, f"2026-11-2{clock}", is_open)
        for sample, clock, is_open in [
            ("noon", "0T01:00", True),
            ("noon", "0T12:00", False),
            ("noon", "0T23:00", True),
            ("noon", "1T01:00", True),
            ("half a night", "0T21:00", True),
            ("half a night", "0T23:00", False),
            ("half a night", "1T00:30", False),
            ("half a night", "1T01:30", True),
            ("closed Saturday", "1T01:00", True),
            ("closed Saturday", "1T21:00", False),
            ("closed Saturday", "2T01:00", False),
            ("closed Saturday", "2T21:00", True),
            ("open Saturday", "2T01:00", True),
            ("open Saturday", "2T21:00", False),
            ("from nine to nine", "0T08:00", True),
            ("from nine to nine", "0T09:00", True),
        ]
    ],
    ("winter break", "2026-12-28T10:00", False),
    ("winter break", "2026-12-29T10:00", True),
    ("winter break", "2026-12-30T10:00", False),
    ("winter break", "2027-01-04T10:00", True),
    ("burst pipe", "2026-11-20T11:19", True),
    ("burst pipe", "2026-11-20T11:20", False),
    ("burst pipe", "2026-11-21T12:00", False),
    ("burst pipe", "2026-11-23T12:59", False),
    ("burst pipe", "2026-11-23T13:00", True),
]


def machine_says(data: dict[str, Any], moment: datetime) -> bool:
    """Return what schema.org's entries mean, read as search engines read them."""
    return any(
        within(entry, moment, moment.date() - timedelta(days=back), back)
        for back in (0, 1)
        for entry in entries_of(data, moment.date() - timedelta(days=back))
    )


def entries_of(data: dict[str, Any], day: date) -> list[dict[str, Any]]:
    for name, must_be_dated in [
        ("specialOpeningHoursSpecification", True),
        ("openingHoursSpecification", True),
        ("openingHoursSpecification", False),
    ]:
        found = [
            entry
            for entry in data.get(name, [])
            if ("validFrom" in entry) is must_be_dated and holds(entry, day)
        ]
        if found:
            return found
    return []


def holds(entry: dict[str, Any], day: date) -> bool:
    first, last = entry.get("validFrom", "0"), entry.get("validThrough", "9")
    weekday = f"https://schema.org/{day:%A}"
    return first <= day.isoformat() <= last and weekday in entry.get(
        "dayOfWeek", [weekday]
    )


def within(entry: dict[str, Any], moment: datetime, day: date, back: int) -> bool:
    opens, closes = (time.fromisoformat(entry[name]) for name in ("opens", "closes"))
    if opens == closes:
        return False
    now = moment.time()
    if closes == time(23, 59):
        closes = time.max
    if closes < opens:
        return now < closes if back else now >= opens
    return not back and opens <= now < closes


@pytest.fixture
def clinic(home: HomePage) -> HomePage:
    ContactPageFactory(parent=home)
    details = ClinicDetails.load()
    details.name, details.phone = "Linden </script>& Clinic", "01632 960 123"
    details.address = "14 Linden Row\nEastbrook"
    details.save()
    return home


@pytest.mark.parametrize(("sample", "text", "is_open"), CASES)
def test_the_answer_is_the_same_everywhere(
    clinic: HomePage,
    client: Client,
    enter: Enter,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    sample: str,
    text: str,
    is_open: bool,
) -> None:
    moment = london(text)
    enter(**({"week": WEEK} | SAMPLES[sample]))
    monkeypatch.setattr(timezone, "now", lambda: moment)

    sentences = set()
    for path in ("/", "/contact/"):
        html = BeautifulSoup(client.get(path).content, "html.parser")
        (source,) = html.select("[data-opening-hours]")
        kind, sentence, _mark = picked(json.loads(source.string), moment)
        assert kind == ("open" if is_open else "closed")
        sentences.add(sentence)
        assert len(html.select("footer [data-hours-state]")) == 1
        assert len(html.select("main [data-hours-state]")) >= 1
        (machine,) = html.select("script[type='application/ld+json']")
        assert machine_says(json.loads(machine.string), moment) is is_open
        heads = " ".join(p.get_text() for p in html.select(".site-notice"))
        assert not (is_open and "losed" in heads)
    (sentence,) = sentences
    assert sentence.startswith("Open now") is is_open
    # The mail asks about a holiday, and tells what the site says at this moment.
    settings.PUBLIC_HOLIDAYS = "GB-ENG"
    question = ClinicHours(OpeningHours.load()).schedule(moment)
    asked = question.coming_unconfirmed(moment.date(), 300)
    assert asked or sample in {"never", "open Saturday"}
    for day in asked[:1]:
        mail = holiday_question(day.date.isoformat(), "")
        sentence = ClinicHours(OpeningHours.load()).sentence(moment)
        says = f"The site says at this moment: {sentence}\n"
        assert (says in mail.text) is bool(sentence)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"week_stored": None}, "2026-11-20T10:00"),
        # Two entries for a day, a night that reaches into the morning, a holiday in doubt.
        (
            {"special_days": (special("2026-11-20", periods=MORNING),) * 2},
            FRIDAY_AT_TEN,
        ),
        ({"week": (REACHING,) * 7}, "2026-11-20T21:00"),
        ({}, "2026-12-25T10:00"),
    ],
)
def test_what_is_not_known_is_said_nowhere(
    clinic: HomePage,
    client: Client,
    enter: Enter,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    values: dict[str, Any],
    text: str,
) -> None:
    settings.PUBLIC_HOLIDAYS = "GB-ENG"
    moment = london(text)
    enter(**values)
    monkeypatch.setattr(timezone, "now", lambda: moment)

    for path in ("/", "/contact/"):
        html = BeautifulSoup(client.get(path).content, "html.parser")
        for source in html.select("[data-opening-hours]"):
            assert picked(json.loads(source.string), moment)[:2] == ("unknown", "")
        (machine,) = html.select("script[type='application/ld+json']")
        data = json.loads(machine.string)
        assert entries_of(data, moment.date()) == []
        assert not html.select(".site-notice")


def test_there_are_fifty_cases() -> None:
    assert len(CASES) >= 50
    assert WEEK[0] == NINE_TO_SIX


def test_machines_are_told_who_the_clinic_is(
    clinic: HomePage, client: Client, enter: Enter
) -> None:
    enter()
    html = client.get("/contact/").content.decode()
    (machine,) = BeautifulSoup(html, "html.parser").select(
        "script[type='application/ld+json']"
    )
    data = json.loads(machine.string)

    assert data["@type"] == "MedicalClinic"
    assert data["name"] == "Linden </script>& Clinic"
    assert data["telephone"] == "01632 960 123"
    assert data["address"] == "14 Linden Row, Eastbrook"
    assert data["openingHoursSpecification"][0] == {
        "@type": "OpeningHoursSpecification",
        "opens": "09:00",
        "closes": "18:00",
        "dayOfWeek": [
            f"https://schema.org/{name}"
            for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
        ],
    }
    assert "</script>& Clinic" not in html
