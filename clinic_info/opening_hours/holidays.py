"""Public holidays of the clinic's country and region, from data that needs no network."""

from datetime import date
from functools import lru_cache

import holidays
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import get_language

# Sooner than this nobody needs to know whether the clinic opens.
ASK_DAYS_AHEAD = 30


def holidays_around(today: date) -> tuple[tuple[date, str], ...]:
    """Return the holidays of a day's year and those around it with their names, in order.

    None where PUBLIC_HOLIDAYS names no country.
    """
    if not settings.PUBLIC_HOLIDAYS:
        return ()
    return _holidays(settings.PUBLIC_HOLIDAYS, get_language() or "", today.year)


@lru_cache(maxsize=8)
def _holidays(place: str, language: str, year: int) -> tuple[tuple[date, str], ...]:
    country, _hyphen, region = place.partition("-")

    def read(chosen: str | None) -> holidays.HolidayBase:
        return holidays.country_holidays(
            country,
            subdiv=region or None,
            years=[year - 1, year, year + 1],
            language=chosen,
        )

    found = read(None)
    wanted = language.replace("-", "_").lower()
    ours = [
        name
        for name in sorted(found.supported_languages)
        if name.lower().partition("_")[0] == wanted.partition("_")[0]
    ]
    if ours:
        exact = [name for name in ours if name.lower() == wanted]
        found = read([*exact, *ours][0])
    return tuple(sorted(found.items()))


def check_place(**kwargs: object) -> list[CheckMessage]:
    """Find out while starting whether PUBLIC_HOLIDAYS names a place that is known."""
    try:
        holidays_around(date(2026, 1, 1))
    except NotImplementedError as error:
        return [Error(f"PUBLIC_HOLIDAYS: {error}", id="clinic_info.E001")]
    return []
