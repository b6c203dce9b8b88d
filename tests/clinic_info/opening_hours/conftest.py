from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client

from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.periods import Period
from clinic_info.opening_hours.schedule import Dates, SpecialDays

Enter = Callable[..., OpeningHours]

NINE_TO_SIX = (Period(540, 1080),)
ELEVEN_TO_THREE = (Period(660, 900),)
MORNING = (Period(540, 720),)
WEEK = (*[NINE_TO_SIX] * 5, ELEVEN_TO_THREE, ())


def london(text: str) -> datetime:
    """Return a moment by the clock of the tests' clinic."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London"))


def special(
    first: str, last: str = "", periods: Any = (), reason: str = ""
) -> SpecialDays:
    dates = Dates(date.fromisoformat(first), date.fromisoformat(last or first))
    return SpecialDays(dates, periods, reason)


@pytest.fixture
def enter(db: None) -> Enter:
    """Store hours: `enter(week=WEEK, special_days=(…))`; a plain week by default."""

    def store(**values: Any) -> OpeningHours:
        hours = OpeningHours.load()
        for name, value in ({"week": WEEK} | values).items():
            setattr(hours, name, value)
        hours.save()
        return hours

    return store


@pytest.fixture
def reception(client: Client, staff: Callable[[str], AbstractUser]) -> Client:
    """A browser in which Reception is signed in."""
    client.force_login(staff("Reception"))
    return client
