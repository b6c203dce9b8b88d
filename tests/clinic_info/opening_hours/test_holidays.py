from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core import mail
from django.test import Client
from django.utils import translation
from pytest_django import Settings
from wagtail.users.models import UserProfile

from clinic_info.opening_hours import holidays, jobs
from clinic_info.opening_hours.emails import holiday_question
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.showing import ClinicHours
from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.sending import send_due
from tests.clinic_info.opening_hours.conftest import (
    MORNING,
    NINE_TO_SIX,
    Enter,
    london,
    special,
)

Staff = Callable[[str], AbstractUser]

CHRISTMAS = date(2026, 12, 25)
# Sunday, thirty days before the first of the two holidays that fall on opening days.
NOW = london("2026-11-25T10:00")
ADDRESS = "/admin/opening-hours/holidays/2026-12-25/"


@pytest.fixture(autouse=True)
def england(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The holidays of England, as of a day in November."""
    settings.PUBLIC_HOLIDAYS = "GB-ENG"
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def names(place: str, settings: Settings) -> dict[date, str]:
    settings.PUBLIC_HOLIDAYS = place
    return dict(holidays.holidays_around(date(2026, 1, 1)))


def test_holidays_are_those_of_the_country_and_region(settings: Settings) -> None:
    assert names("", settings) == {}
    assert names("GB-ENG", settings)[CHRISTMAS] == "Christmas Day"
    assert date(2026, 11, 30) not in names("GB-ENG", settings)
    assert names("GB-SCT", settings)[date(2026, 11, 30)].startswith("Saint Andrew")
    assert names("DE-BE", settings)[date(2027, 3, 8)]
    # On the first of January somebody may look at the days before.
    assert names("GB-ENG", settings)[date(2025, 12, 26)] == "Boxing Day"


def test_holidays_have_names_in_the_sites_language(settings: Settings) -> None:
    assert names("DE", settings)[CHRISTMAS] == "Christmas Day"
    with translation.override("de"):
        assert names("DE", settings)[CHRISTMAS] == "Erster Weihnachtstag"


@pytest.mark.parametrize("place", ["XX", "GB-XX", "England"])
def test_a_place_that_is_unknown_stops_the_start(
    settings: Settings, place: str
) -> None:
    settings.PUBLIC_HOLIDAYS = place

    assert [error.id for error in holidays.check_place()] == ["clinic_info.E001"]


def test_staff_are_asked_by_mail_thirty_days_ahead_and_once(
    enter: Enter, staff: Staff
) -> None:
    enter()
    staff("Reception")
    staff("Editors")
    jobs.ask_about_holidays(NOW - timedelta(days=1))
    assert not OutgoingMail.objects.exists()

    jobs.ask_about_holidays(NOW)
    jobs.ask_about_holidays(NOW + timedelta(hours=6))
    send_due(NOW, clock=lambda: NOW)

    (message,) = mail.outbox
    assert message.to == ["reception@clinic.example"]
    assert message.subject == "Friday 25 December, Christmas Day: is the clinic open?"
    assert "usual hours of that day are 9:00-18:00" in message.body
    assert f"\nhttp://localhost{ADDRESS}\n" in message.body
    assert "The site says at this moment: Open now · closes at 18:00" in message.body


def test_without_reception_editors_are_asked(enter: Enter, staff: Staff) -> None:
    enter()
    staff("Editors")
    staff("Medical reviewers")

    jobs.ask_about_holidays(NOW)

    recipients = OutgoingMail.objects.values_list("recipient", flat=True)
    assert list(recipients) == ["editors@clinic.example"]


def test_what_was_answered_meanwhile_is_not_asked(enter: Enter) -> None:
    enter()
    assert holiday_question("2026-12-25", "") is not None
    enter(special_days=(special("2026-12-25"),))
    assert holiday_question("2026-12-25", "") is None
    # A Sunday is closed anyway.
    assert holiday_question("2026-12-27", "") is None


def test_until_it_is_answered_the_page_says_so_and_the_badge_nothing(
    enter: Enter, client: Client
) -> None:
    hours = ClinicHours(enter())

    shown = hours.shown(london("2026-12-20T10:00"))
    rows = [(row.days.drawn, row.hours.drawn, row.reason) for row in shown.announced]
    assert rows[:2] == [
        ("Friday 25 December", "Not confirmed yet, please call", "Christmas Day"),
        ("Saturday 26 December", "Not confirmed yet, please call", "Boxing Day"),
    ]
    assert hours.sentence(london("2026-12-25T10:00")) == ""
    assert hours.sentence(london("2026-12-24T20:00")) == "Closed"


@pytest.mark.parametrize(
    ("data", "periods"),
    [
        ({"answer": "same"}, NINE_TO_SIX),
        ({"answer": "closed"}, ()),
        ({"answer": "other", "hours": "9-12"}, MORNING),
        ({"answer": "other", "hours": "22-2", "night": "on"}, (Period(1320, 1560),)),
    ],
)
def test_one_click_writes_the_special_day(
    enter: Enter, reception: Client, data: dict[str, str], periods: tuple[Period, ...]
) -> None:
    enter()
    page = reception.get("/admin/").content.decode()
    assert f'action="{ADDRESS}"' in page
    assert "Open as usual (9:00-18:00)" in page

    assert reception.post(ADDRESS, data).status_code == 302

    hours = OpeningHours.load()
    assert hours.special_days == (
        special("2026-12-25", periods=periods, reason="Christmas Day"),
    )
    assert f'action="{ADDRESS}"' not in reception.get("/admin/").content.decode()
    # A second click, or somebody else's, changes nothing.
    assert reception.post(ADDRESS, {"answer": "closed"}).status_code == 302
    assert OpeningHours.load().special_days == hours.special_days


def test_a_holiday_is_named_in_the_language_of_the_site(
    enter: Enter, reception: Client, settings: Settings
) -> None:
    settings.PUBLIC_HOLIDAYS = "DE"
    enter()
    profile = UserProfile.get_for_user(get_user_model().objects.get())
    profile.preferred_language = "de"
    profile.save()
    assert "Erster Weihnachtstag" in reception.get(ADDRESS).content.decode()

    reception.post(ADDRESS, {"answer": "closed"})

    assert OpeningHours.load().special_days[0].reason == "Christmas Day"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"answer": "perhaps"},
        {"answer": "other"},
        {"answer": "other", "hours": "18-9"},
    ],
)
def test_an_answer_that_is_none_is_refused(
    enter: Enter, reception: Client, data: dict[str, str]
) -> None:
    enter()

    response = reception.post(ADDRESS, data)

    assert response.status_code == 422
    assert "error-message" in response.content.decode()
    assert OpeningHours.load().special_days == ()


@pytest.mark.parametrize(
    "day", ["2026-12-24", "2026-13-01", "9999-12-31", "0001-01-01"]
)
def test_other_days_are_no_question(enter: Enter, reception: Client, day: str) -> None:
    enter()

    response = reception.get(f"/admin/opening-hours/holidays/{day}/")

    assert response.status_code in {302, 404}


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
def test_the_day_is_the_clinics_wherever_staff_are(
    client: Client, staff: Staff, enter: Enter, zone: str
) -> None:
    enter()
    reception = staff("Reception")
    UserProfile.objects.update_or_create(
        user=reception, defaults={"current_time_zone": zone}
    )
    client.force_login(reception)

    # In Pago Pago it is still the 24th: 31 days before.
    assert ADDRESS in client.get("/admin/").content.decode()
