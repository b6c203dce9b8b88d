"""How staff write the hours of a day: "9:00-12:00, 13:00-18:00", "9 to 5 pm", "closed"."""

import re
import unicodedata

from django.utils.translation import gettext

from clinic_info.opening_hours.periods import DAY, Period, Periods, in_order
from clinic_info.opening_hours.stored import write_period

MOST_PERIODS = 6
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?"
_RANGE = re.compile(rf"{_TIME}\s*(?:-|to|until)\s*{_TIME}", re.ASCII)
_BETWEEN = re.compile(r"[,;\n]|\band\b")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


class HoursEntryError(ValueError):
    """What was typed is no hours; the message says to staff what to do."""


def read_hours(text: str, *, past_midnight: bool) -> Periods:
    """Return the periods that a text means, in order; nothing and "closed" mean none.

    The last period may end before it begins if it goes past midnight. Raises
    HoursEntryError.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).lower().strip()
    if plain in {"", "closed", gettext("Closed").lower()}:
        return ()
    parts = [part.strip() for part in _BETWEEN.split(plain)]
    if len(parts) > MOST_PERIODS:
        raise HoursEntryError(
            gettext("At most %(number)s periods a day, please.")
            % {"number": MOST_PERIODS}
        )
    pairs = sorted(_pair(part) for part in parts)
    periods = []
    for number, (opens, closes) in enumerate(pairs, start=1):
        if closes <= opens and past_midnight and number == len(pairs):
            closes += DAY
        if closes <= opens:
            raise HoursEntryError(
                gettext(
                    "%(closes)s is not after %(opens)s. If the clinic closes after "
                    "midnight, tick “Past midnight”."
                )
                % {"opens": _text(opens), "closes": _text(closes)}
            )
        periods.append(Period(opens, closes))
    found = tuple(periods)
    if in_order(found)[1]:
        raise HoursEntryError(
            gettext("%(periods)s overlap. Write one time after the other.")
            % {"periods": hours_entry(found)[0]}
        )
    return found


def hours_entry(periods: Periods) -> tuple[str, bool]:
    """Return the text that means some periods, and whether they go past midnight."""
    shown = [write_period(Period(p.opens, p.closes)) for p in sorted(periods)]
    is_night = any(period.closes > DAY for period in periods)
    if is_night:
        last = max(periods)
        shown[-1] = f"{_text(last.opens)}-{_text(last.closes - DAY)}"
    return ", ".join(shown), is_night


def _pair(text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise HoursEntryError(_not_understood(text))
    opens, closes = (
        _minute(text, *found.group(1, 2, 3)),
        _minute(text, *found.group(4, 5, 6)),
    )
    if opens == DAY:
        raise HoursEntryError(_not_understood(text))
    return opens, closes


def _minute(
    text: str, hour_text: str, minute_text: str | None, half: str | None
) -> int:
    hour, minute = int(hour_text), int(minute_text or 0)
    if half:
        if not 1 <= hour <= 12:
            raise HoursEntryError(_not_understood(text))
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour * 60 + minute > DAY or minute > 59:
        raise HoursEntryError(_not_understood(text))
    return hour * 60 + minute


def _text(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _not_understood(text: str) -> str:
    return gettext(
        "“%(text)s” is not understood. Write 9:00-18:00, or with a break "
        "9:00-12:00, 13:00-18:00. Leave it empty for closed."
    ) % {"text": text[:40]}
