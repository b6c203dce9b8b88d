"""How hours are said: the same words on pages, in mails and in the admin."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import formats
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext

from clinic_info.opening_hours.grouping import DayGroup
from clinic_info.opening_hours.periods import DAY, Periods
from clinic_info.opening_hours.schedule import (
    LONG_CLOSURE_DAYS,
    ONE_DAY,
    Dates,
    Kind,
    Schedule,
    SpecialDays,
    State,
    UnplannedClosure,
)

# Until this hour of the next day an end belongs to the night before.
EARLY_HOUR = 6


@dataclass(frozen=True)
class Said:
    """A text as it is drawn and as it is read out."""

    drawn: str
    read: str


def time_text(minute: int, clock: str) -> str:
    """Return a time of day, such as "9:00", or "9:00 am" by a 12-hour clock."""
    hour, rest = divmod(minute % DAY if minute != DAY else minute, 60)
    if clock == "24":
        return f"{hour}:{rest:02}"
    half = gettext("am") if hour % 24 < 12 else gettext("pm")
    return f"{hour % 12 or 12}:{rest:02}\N{NO-BREAK SPACE}{half}"


def periods_text(periods: Periods, clock: str) -> Said:
    """Say the hours of a day: "9:00-12:00, 13:00-18:00", "Closed"."""
    if not periods:
        return Said(gettext("Closed"), gettext("Closed"))
    if periods[0].opens == 0 and periods[0].closes == DAY:
        return Said(gettext("Open 24 hours"), gettext("Open 24 hours"))
    pairs = [
        (time_text(period.opens, clock), time_text(period.closes, clock))
        for period in periods
    ]
    return Said(
        ", ".join(f"{opens}-{closes}" for opens, closes in pairs),
        gettext(" and ").join(
            gettext("%(opens)s to %(closes)s") % {"opens": opens, "closes": closes}
            for opens, closes in pairs
        ),
    )


def weekday_text(number: int) -> str:
    """Return the name of a day of the week; Monday is 0."""
    return str(WEEKDAYS[number])


def group_text(group: DayGroup) -> Said:
    """Say which days of the week: "Monday - Friday", "Saturday"."""
    first, last = weekday_text(group.first), weekday_text(group.last)
    if group.first == group.last:
        return Said(first, first)
    return Said(
        f"{first} - {last}",
        gettext("%(first)s to %(last)s") % {"first": first, "last": last},
    )


def date_text(day: date) -> str:
    """Return a date without its year: "Thursday 24 December"."""
    # Translators: the form of a date without its year, in the letters of Django's "date".
    return formats.date_format(day, gettext("l j F"))


def dates_text(dates: Dates) -> Said:
    """Say a range of dates: "Thursday 24 December - Sunday 3 January"."""
    first, last = date_text(dates.first), date_text(dates.last)
    if dates.first == dates.last:
        return Said(first, first)
    return Said(
        f"{first} - {last}",
        gettext("%(first)s to %(last)s") % {"first": first, "last": last},
    )


@dataclass(frozen=True)
class Speaker:
    """Says what holds at a moment, in the words of the badge."""

    schedule: Schedule
    clock: str

    def time_of(self, moment: datetime) -> str:
        local = self.schedule.local(moment)
        return time_text(local.hour * 60 + local.minute, self.clock)

    def when(self, moment: datetime, now: datetime) -> str:
        """Return a moment as seen from now: "at 9:00", "tomorrow at 9:00", "Monday at 9:00"."""
        today = self.schedule.local(now).date()
        day = self.schedule.local(moment).date()
        time = self.time_of(moment)
        if day <= today:
            return gettext("at %(time)s") % {"time": time}
        if day == today + ONE_DAY:
            return gettext("tomorrow at %(time)s") % {"time": time}
        is_near = (day - today).days < 7
        name = weekday_text(day.weekday()) if is_near else date_text(day)
        return gettext("%(day)s at %(time)s") % {"day": name, "time": time}

    def badge(self, state: State, now: datetime) -> str:
        """Return the sentence for a state, "" if nothing can be said."""
        if state.kind is Kind.UNKNOWN:
            return ""
        if state.kind is Kind.OPEN:
            if state.until is None or state.then is Kind.UNKNOWN:
                return gettext("Open now")
            return gettext("Open now · closes %(when)s") % {
                "when": self._closes(state.until, now)
            }
        is_known = state.until is not None and state.then is Kind.OPEN
        start = self._closed(state, now)
        if not is_known or state.until is None:
            return start
        return gettext("%(closed)s · opens %(when)s") % {
            "closed": start,
            "when": self.when(state.until, now),
        }

    def _closes(self, moment: datetime, now: datetime) -> str:
        """Return when it closes; the coming night needs no "tomorrow"."""
        closes, today = self.schedule.local(moment), self.schedule.local(now).date()
        if closes.date() == today + ONE_DAY and closes.hour < EARLY_HOUR:
            return gettext("at %(time)s") % {"time": self.time_of(moment)}
        return self.when(moment, now)

    def _closed(self, state: State, now: datetime) -> str:
        today, closure = self.schedule.local(now).date(), self.schedule.closure
        days = 0
        if state.until and state.then is Kind.OPEN:
            days = (self.schedule.local(state.until).date() - today).days
        if closure and closure.covers(now) and closure.ends is None:
            start = gettext("Closed until further notice")
        elif days >= LONG_CLOSURE_DAYS:
            start = gettext("Temporarily closed")
        elif state.reason and days:
            start = gettext("Closed today")
        else:
            start = gettext("Closed")
        return f"{start}: {state.reason}" if state.reason else start

    def closure_text(self, closure: UnplannedClosure) -> str:
        """Say an unplanned closure while it lasts: "Closed until Monday 23 November at 9:00".

        It holds dates, as a page may stay open for days.
        """
        begins = self.schedule.local(closure.begins)
        if closure.ends is None:
            text = gettext("Closed until further notice")
        elif closure.ends - closure.begins >= timedelta(days=LONG_CLOSURE_DAYS):
            text = self._long_text(closure.begins, closure.ends)
        elif closure.ends == self.schedule.moment(begins.date() + ONE_DAY):
            text = gettext("Closed on %(day)s from %(time)s") % {
                "day": date_text(begins.date()),
                "time": self.time_of(closure.begins),
            }
        else:
            ends = self._opening(closure.begins) or closure.ends
            text = gettext("Closed until %(day)s at %(time)s") % {
                "day": date_text(self.schedule.local(ends).date()),
                "time": self.time_of(ends),
            }
        return f"{text}: {closure.reason}" if closure.reason else text

    def long_closure_text(self, entry: SpecialDays, now: datetime) -> str:
        """Say a closure of a week and more: "Temporarily closed until Monday 24 August…"."""
        after = self.schedule.moment(entry.dates.last + ONE_DAY)
        text = self._long_text(now, after)
        return f"{text}: {entry.reason}" if entry.reason else text

    def _long_text(self, moment: datetime, ends: datetime) -> str:
        """Say until when it is closed; if nobody knows what follows, the last closed day."""
        opens = self._opening(moment)
        if opens:
            return gettext("Temporarily closed until %(day)s") % {
                "day": date_text(self.schedule.local(opens).date())
            }
        last = self.schedule.local(ends - timedelta(seconds=1)).date()
        return gettext("Temporarily closed up to and including %(day)s") % {
            "day": date_text(last)
        }

    def _opening(self, moment: datetime) -> datetime | None:
        """Return when the clinic opens that is closed at a moment, None if nobody knows."""
        state = self.schedule.state_at(moment)
        return state.until if state.then is Kind.OPEN else None
