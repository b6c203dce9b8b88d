"""How staff write the hours of a day: "9:00-12:00, 13:00-18:00", "9 to 5 pm", "closed"."""

import itertools
import re
import unicodedata

from django.utils.translation import gettext

from clinic_info.opening_hours.periods import DAY, Period, Periods, in_order
from clinic_info.opening_hours.stored import write_period

MOST_PERIODS = 6
NOON = 12 * 60
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?"
_RANGE = re.compile(rf"{_TIME}\s*(?:-|to|until)\s*{_TIME}", re.ASCII)
_BETWEEN = re.compile(r"[,;\n]|\band\b")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


class HoursEntryError(ValueError):
    """What was typed is no hours; the message says to staff what to do."""


def read_hours(text: str, *, past_midnight: bool) -> Periods:
    """Return the periods that a text means; nothing and "closed" mean none.

    Nothing is guessed: whoever writes "9-12, 2-5" hardly means the night. The last period may end before it begins if it goes past midnight. Raises
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
    pairs = [_pair(part) for part in parts]
    for (before, _closes), (opens, _ends) in itertools.pairwise(pairs):
        if opens < before:
            raise HoursEntryError(_out_of_order(opens, before))
    periods = []
    for number, (opens, closes) in enumerate(pairs, start=1):
        if closes <= opens and past_midnight and number == len(pairs):
            closes += DAY
        if closes <= opens:
            raise HoursEntryError(_not_after(opens, closes))
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
    halves = found.group(3), found.group(6)
    if bool(halves[0]) != bool(halves[1]):
        _check_half(text, opens, closes, is_first=bool(halves[0]))
    return opens, closes


def _check_half(text: str, opens: int, closes: int, *, is_first: bool) -> None:
    """Refuse an "am" or "pm" that may be meant for the other time as well."""
    given, other = (opens, closes) if is_first else (closes, opens)
    is_afternoon = given % DAY >= NOON
    # By a 12-hour clock 12 is the first hour of a half.
    same = other % NOON + (NOON if is_afternoon else 0)
    pair = (given, same) if is_first else (same, given)
    if other < NOON + 60 and same != other and pair[0] < pair[1]:
        raise HoursEntryError(
            gettext(
                "“%(text)s” can be read in two ways. Write “am” or “pm” at both times, "
                "or neither: 13:00-17:00."
            )
            % {"text": text[:40]}
        )


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


def _out_of_order(opens: int, before: int) -> str:
    names = {
        "opens": _text(opens),
        "before": _text(before),
        "later": _text(opens + NOON),
    }
    if before < opens + NOON < DAY:
        return (
            gettext(
                "%(opens)s is before %(before)s; write %(later)s, or the times in their order."
            )
            % names
        )
    return (
        gettext("%(opens)s is before %(before)s. Write the times in their order.")
        % names
    )


def _not_after(opens: int, closes: int) -> str:
    names = {
        "opens": _text(opens),
        "closes": _text(closes),
        "later": _text(closes + NOON),
    }
    if opens < closes + NOON < DAY:
        return (
            gettext(
                "%(closes)s is not after %(opens)s. Write %(later)s for the afternoon. "
                "Only if the clinic closes after midnight, tick “Past midnight”."
            )
            % names
        )
    return (
        gettext(
            "%(closes)s is not after %(opens)s. If the clinic closes after "
            "midnight, tick “Past midnight”."
        )
        % names
    )


def _not_understood(text: str) -> str:
    return gettext(
        "“%(text)s” is not understood. Write 9:00-18:00, or with a break "
        "9:00-12:00, 13:00-18:00. Leave it empty for closed."
    ) % {"text": text[:40]}
