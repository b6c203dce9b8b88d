"""How hours are stored: as plain lists and texts, such as "9:00-18:00" or "22:00-26:00"."""

import re
from datetime import date
from typing import Any

from clinic_info.opening_hours.periods import Period, Periods, Week
from clinic_info.opening_hours.schedule import Dates, Season, SpecialDays

_PERIOD = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def write_period(period: Period) -> str:
    """Return a period as text; an end past midnight has hours beyond 24."""
    opens, closes = (f"{n // 60}:{n % 60:02}" for n in (period.opens, period.closes))
    return f"{opens}-{closes}"


def read_period(text: Any) -> Period:
    """Return a period from its text. Raises ValueError if it is none."""
    found = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    if found is None or int(found[2]) > 59 or int(found[4]) > 59:
        raise ValueError(f"no period: {text!r}")
    hours, minutes, end_hours, end_minutes = map(int, found.groups())
    return Period(hours * 60 + minutes, end_hours * 60 + end_minutes)


def write_periods(periods: Periods) -> list[str]:
    return [write_period(period) for period in sorted(periods)]


def read_periods(texts: Any) -> Periods:
    return tuple(read_period(text) for text in _list(texts))


def write_week(week: Week) -> list[list[str]]:
    return [write_periods(periods) for periods in week]


def read_week(value: Any) -> Week:
    """Return a week from lists of texts, Monday first. Raises ValueError if it is none."""
    days = tuple(read_periods(texts) for texts in _list(value))
    if len(days) != 7:
        raise ValueError(f"a week has seven days, not {len(days)}")
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = days
    return (monday, tuesday, wednesday, thursday, friday, saturday, sunday)


def write_season(season: Season) -> dict[str, Any]:
    return {
        "name": season.name,
        **_write_dates(season.dates),
        "week": write_week(season.week),
    }


def read_season(value: Any) -> Season:
    return Season(_text(value, "name"), _dates(value), read_week(value.get("week")))


def write_special_days(entry: SpecialDays) -> dict[str, Any]:
    return {
        **_write_dates(entry.dates),
        "periods": write_periods(entry.periods),
        "reason": entry.reason,
    }


def read_special_days(value: Any) -> SpecialDays:
    reason = _text(value, "reason")
    return SpecialDays(_dates(value), read_periods(value.get("periods")), reason)


def _write_dates(dates: Dates) -> dict[str, str]:
    return {"first": dates.first.isoformat(), "last": dates.last.isoformat()}


def _dates(value: Any) -> Dates:
    first, last = _text(value, "first"), _text(value, "last")
    return Dates(date.fromisoformat(first), date.fromisoformat(last))


def _text(value: Any, name: str) -> str:
    if not isinstance(value, dict) or not isinstance(value.get(name), str):
        raise ValueError(f"no {name} in {value!r}")
    return str(value[name])


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"no list: {value!r}")
    return value
