"""What pages show of the hours: tables, coming days, and the next fortnight for the browser."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from clinic_info.opening_hours.grouping import grouped
from clinic_info.opening_hours.models import OpeningHours, clinic_zone
from clinic_info.opening_hours.periods import Week
from clinic_info.opening_hours.schedule import (
    ONE_DAY,
    Kind,
    Rule,
    Schedule,
    Season,
    Span,
    SpecialDays,
    State,
)
from clinic_info.opening_hours.wording import (
    Said,
    Speaker,
    date_text,
    dates_text,
    group_text,
    periods_text,
)
from clinic_site.clinic_day import clinic_day

logger = logging.getLogger(__name__)

# Special days are announced on every page, and further ahead where people plan a visit.
ANNOUNCED_DAYS_AHEAD = 14
LISTED_DAYS_AHEAD = 30
# For how long the browser is told what changes.
FORTNIGHT = timedelta(days=14)
# All zones keep full quarters of an hour.
QUARTER = 15 * 60
# A text that closes its script would end it.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@dataclass(frozen=True)
class Row:
    """A line of a table; `marks` are the names by which the browser finds today's."""

    days: Said
    hours: Said
    marks: str = ""
    reason: str = ""
    is_announced: bool = True


@dataclass(frozen=True)
class WeekTable:
    """A week as a table, and from when to when it holds if that is limited."""

    rows: list[Row]
    name: str = ""
    dates: Said | None = None


@dataclass(frozen=True)
class Banner:
    """A sentence at the head of every page, and when it stops being true, if that is known."""

    text: str
    ends_at: datetime | None


@dataclass(frozen=True)
class ShownHours:
    """The hours as of a moment, until they have to be said anew (None: they need not)."""

    week: WeekTable | None
    coming_weeks: list[WeekTable]
    special: list[Row]
    banners: list[Banner]
    data: SafeString
    turns_at: datetime | None

    @property
    def announced(self) -> list[Row]:
        return [row for row in self.special if row.is_announced]


class ClinicHours:
    """The stored hours, ready to be shown; threads may share it."""

    # The last that was made: what else changes on the site does not change the hours.
    _made: ClassVar[tuple[object, datetime, ShownHours] | None] = None

    def __init__(self, hours: OpeningHours) -> None:
        self.hours = hours

    def schedule(self, now: datetime) -> Schedule:
        """Return the schedule; where the stored one cannot be read, one that knows nothing."""
        try:
            return self.hours.schedule(clinic_day(now))
        except ValueError:
            logger.exception("The stored opening hours cannot be read")
            return Schedule(zone=clinic_zone())

    def speaker(self, now: datetime) -> Speaker:
        return Speaker(self.schedule(now), self.hours.clock)

    def sentence(self, now: datetime) -> str:
        """Return what the badge says at a moment, "" if nothing can be said."""
        speaker = self.speaker(now)
        return speaker.badge(speaker.schedule.state_at(now), now)

    def shown(self, now: datetime) -> ShownHours:
        """Return what pages show; made once a quarter of an hour."""
        speaker = self.speaker(now)
        key = (speaker, int(now.timestamp()) // QUARTER, get_language())
        made = ClinicHours._made
        if made and made[0] == key and made[1] <= now:
            turns_at = made[2].turns_at
            if turns_at is None or now < turns_at:
                return made[2]
        shown = show(speaker, now)
        ClinicHours._made = (key, now, shown)
        return shown


def show(speaker: Speaker, now: datetime) -> ShownHours:
    """Return what pages show at a moment."""
    schedule, clock = speaker.schedule, speaker.clock
    today = schedule.local(now).date()
    season = schedule.season_on(today)
    week = season.week if season else schedule.week
    return ShownHours(
        week=_table(week, season, clock, is_current=True) if week else None,
        coming_weeks=list(_coming_weeks(speaker, today)),
        special=_special_rows(schedule, clock, today),
        banners=list(_banners(speaker, now)),
        data=script_json(fortnight(speaker, now)),
        turns_at=_turns_at(schedule, now, today),
    )


def _table(
    week: Week, season: Season | None, clock: str, *, is_current: bool
) -> WeekTable:
    rows = [
        Row(
            group_text(group),
            periods_text(group.periods, clock),
            " ".join(f"w{n}" for n in range(group.first, group.last + 1))
            if is_current
            else "",
        )
        for group in grouped(week)
    ]
    if season is None:
        return WeekTable(rows)
    return WeekTable(rows, season.name, dates_text(season.dates))


def _coming_weeks(speaker: Speaker, today: date) -> Iterator[WeekTable]:
    """Yield the weeks that take the place of today's where people plan a visit."""
    schedule, clock = speaker.schedule, speaker.clock
    for day in _days(today + ONE_DAY, LISTED_DAYS_AHEAD):
        season = schedule.season_on(day)
        if season == schedule.season_on(day - ONE_DAY):
            continue
        if season:
            yield _table(season.week, season, clock, is_current=False)
        elif schedule.week:
            rows = _table(schedule.week, None, clock, is_current=False).rows
            text = gettext("from %(day)s") % {"day": date_text(day)}
            yield WeekTable(rows, gettext("The usual week"), Said(text, text))


def _special_rows(schedule: Schedule, clock: str, today: date) -> list[Row]:
    """Return the coming special days and holidays in doubt, in the order of their dates."""
    announced = today + timedelta(days=ANNOUNCED_DAYS_AHEAD)
    rows = [
        (
            entry.dates.first,
            Row(
                dates_text(entry.dates),
                periods_text(entry.periods, clock),
                _mark(entry),
                entry.reason,
                entry.dates.first <= announced,
            ),
        )
        for entry in schedule.coming(today, LISTED_DAYS_AHEAD)
    ]
    unsure = gettext("Not confirmed yet, please call")
    for day in schedule.coming_unconfirmed(today, LISTED_DAYS_AHEAD):
        name = date_text(day.date)
        row = Row(
            Said(name, name),
            Said(unsure, unsure),
            day.date.isoformat(),
            day.reason,
            day.date <= announced,
        )
        rows.append((day.date, row))
    return [row for _day, row in sorted(rows, key=lambda pair: pair[0])]


def _mark(entry: SpecialDays) -> str:
    kind = "h" if entry.periods else "c"
    return f"{kind}{entry.dates.first.isoformat()}"


def _banners(speaker: Speaker, now: datetime) -> Iterator[Banner]:
    """Yield what the head of every page says while it lasts."""
    schedule = speaker.schedule
    closure, entry = schedule.closure, _long_closure(schedule, now)
    if closure and closure.covers(now):
        yield Banner(speaker.closure_text(closure), closure.ends)
    if entry:
        state = schedule.state_at(now)
        # Other hours within it have a row of their own.
        midnights = [
            schedule.moment(day)
            for day in (
                entry.dates.first + n * ONE_DAY for n in range(entry.dates.days)
            )
            if schedule.on(day).rule is not Rule.CLOSURE
        ]
        ends = [
            moment
            for moment in (state.until, schedule.moment(entry.dates.last + ONE_DAY))
            if moment
        ]
        ends += [moment for moment in midnights if moment > now]
        yield Banner(speaker.long_closure_text(entry, now), min(ends))


def _long_closure(schedule: Schedule, now: datetime) -> SpecialDays | None:
    """Return the closure of a week and more because of which the clinic is closed."""
    today = schedule.local(now).date()
    found = schedule.on(today).rule is Rule.CLOSURE
    if not found or schedule.state_at(now).kind is not Kind.CLOSED:
        return None
    entries = (one for one in schedule.coming(today, 0) if one.is_long_closure)
    return next(entries, None)


def _turns_at(schedule: Schedule, now: datetime, today: date) -> datetime | None:
    turn = schedule.next_turn(today, ANNOUNCED_DAYS_AHEAD, LISTED_DAYS_AHEAD)
    moments = [schedule.moment(turn)] if turn else []
    moments += [edge for edge in schedule.closure_edges() if edge > now]
    if schedule.on(today).rule is Rule.CLOSURE:
        # The night before may reach into it.
        until = schedule.state_at(now).until
        moments += [until] if until else []
    return min(moments, default=None)


def fortnight(speaker: Speaker, now: datetime) -> dict[str, object]:
    """Return all that the badge will say in the next fourteen days, and each day's mark.

    `says` holds when something begins, as a Unix time, whether it is "open", "closed" or
    "unknown", and the sentence; `days` when each day begins and the mark of its row. Both
    begin with the quarter of an hour that holds `now`: a device whose clock shows an
    earlier time is told nothing. They hold until `until`.
    """
    schedule = speaker.schedule
    today = schedule.local(now).date()
    since = datetime.fromtimestamp(
        int(now.timestamp()) // QUARTER * QUARTER, now.tzinfo
    )
    until = since + FORTNIGHT
    midnights = [(schedule.moment(day), day) for day in _days(today, 16)]
    midnights = [pair for pair in midnights if pair[0] < until]
    spans = schedule.spans(since, until)
    # It may begin and end while the clinic is closed anyway, and gives another reason.
    closure = schedule.closure_edges()
    says: list[list[object]] = []
    for span, state in zip(spans, _states(schedule, spans), strict=True):
        ends = span.ends or until
        turns = sorted(
            moment
            for moment in {*closure, *(moment for moment, _day in midnights)}
            if span.begins < moment < ends
        )
        for moment in [span.begins, *turns]:
            reason = schedule.reason_at(moment) if state.kind.value == "closed" else ""
            text = speaker.badge(
                State(state.kind, state.until, state.then, reason), moment
            )
            if not says or says[-1][1:] != [span.kind.value, text]:
                says.append([int(moment.timestamp()), span.kind.value, text])
    return {
        "says": says,
        "days": [
            [int(max(moment, since).timestamp()), _mark_of(schedule, day, today)]
            for moment, day in midnights
        ],
        "until": int(until.timestamp()),
    }


def _days(first: date, number: int) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(number))


def _states(schedule: Schedule, spans: list[Span]) -> Iterator[State]:
    for span, following in zip(spans, spans[1:], strict=False):
        yield State(span.kind, span.ends, following.kind)
    yield schedule.state_at(spans[-1].begins)


def _mark_of(schedule: Schedule, day: date, today: date) -> str:
    """Return the mark of the row that shows a day's hours, "" if none does."""
    found = schedule.on(day)
    if found.rule in {Rule.SPECIAL, Rule.CLOSURE}:
        entries = [one for one in schedule.special_days if day in one.dates]
        hours = [one for one in entries if one.periods]
        return _mark((hours or entries)[0])
    if found.rule is Rule.UNCONFIRMED:
        return day.isoformat()
    if found.is_known and schedule.season_on(day) == schedule.season_on(today):
        return f"w{day.weekday()}"
    return ""


def script_json(data: object) -> SafeString:
    """Return data as JSON that can stand in a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308 (nothing closes the element)
