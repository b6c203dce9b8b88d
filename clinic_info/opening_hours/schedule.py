"""When the clinic is open: a pure calculation over periods, weeks, seasons and dates.

Times are minutes after midnight as a clock on the clinic's wall shows them. Periods begin
and end when that clock first shows their time or a later one: a time that a clock change
leaves out counts from the change on, one that comes twice counts the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cached_property
from zoneinfo import ZoneInfo

from clinic_info.opening_hours.periods import DAY, Periods, Week, in_order

ONE_DAY = timedelta(days=1)
# How far ahead of an instant its next change is looked for, near before far.
LOOK_AHEAD = tuple(timedelta(hours=n) for n in (16, 72, 220, 9_600))
# A closure of so many days is called temporary, and says until when.
LONG_CLOSURE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Dates:
    """A range of dates, both ends included. Raises ValueError if it ends before it begins."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Season:
    """Dates with a week of their own."""

    name: str
    dates: Dates
    week: Week


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Dates with hours of their own, the same on each; without periods a closure."""

    dates: Dates
    periods: Periods
    reason: str

    @property
    def is_long_closure(self) -> bool:
        return not self.periods and self.dates.days >= LONG_CLOSURE_DAYS


@dataclass(frozen=True, slots=True)
class UnplannedClosure:
    """Closed from an instant on, until another or until further notice (None)."""

    begins: datetime
    ends: datetime | None
    reason: str

    def covers(self, moment: datetime) -> bool:
        return self.begins <= moment and (self.ends is None or moment < self.ends)


class Rule(Enum):
    """What decides about a day; the unplanned closure decides about instants."""

    SPECIAL = "special hours"
    CLOSURE = "closure"
    UNCONFIRMED = "public holiday, not confirmed"
    SEASON = "season"
    WEEK = "week"
    CONTRADICTION = "contradiction"
    NOTHING = "nothing is known"


UNKNOWN_RULES = {Rule.UNCONFIRMED, Rule.CONTRADICTION, Rule.NOTHING}


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of a date. Where the rule is one of doubt, the periods are only possible."""

    date: date
    rule: Rule
    periods: Periods = ()
    reason: str = ""

    @property
    def is_known(self) -> bool:
        return self.rule not in UNKNOWN_RULES


class Kind(Enum):
    """What can be said of an instant."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time of one kind; `ends` is not part of it, None if no end is known."""

    begins: datetime
    ends: datetime | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class State:
    """What holds at an instant, why it is closed, and when it is to change."""

    kind: Kind
    until: datetime | None = None
    # What follows: after "closed" comes "unknown" when a day is in doubt.
    then: Kind = Kind.UNKNOWN
    reason: str = ""


@dataclass(frozen=True)
class Schedule:
    """All that is known of the clinic's hours.

    One precedence: unplanned closure, dated special hours, dated closure, public holiday
    in doubt, season, week. What contradicts itself is not decided but unknown.
    """

    zone: ZoneInfo
    week: Week | None = None
    seasons: tuple[Season, ...] = ()
    special_days: tuple[SpecialDays, ...] = ()
    closure: UnplannedClosure | None = None
    # Public holidays that nobody has confirmed, with their names.
    unconfirmed: tuple[tuple[date, str], ...] = ()

    @cached_property
    def _special(self) -> dict[date, list[SpecialDays]]:
        found: dict[date, list[SpecialDays]] = {}
        for entry in self.special_days:
            for number in range(entry.dates.days):
                day = entry.dates.first + timedelta(days=number)
                found.setdefault(day, []).append(entry)
        return found

    @cached_property
    def _unconfirmed(self) -> dict[date, str]:
        return dict(self.unconfirmed)

    # Days

    def on(self, day: date) -> Day:
        """Return what holds on a date."""
        return _after(self._own(day - ONE_DAY), self._own(day))

    def _own(self, day: date) -> Day:
        """Return what is said of a date, without a look at the night before."""
        special = self._special.get(day, [])
        hours = [entry for entry in special if entry.periods]
        if hours:
            periods = tuple(p for entry in hours for p in entry.periods)
            rule = Rule.CONTRADICTION if len(hours) > 1 else Rule.SPECIAL
            return _checked(Day(day, rule, periods, hours[0].reason))
        if special:
            return Day(day, Rule.CLOSURE, reason=special[0].reason)
        usual = self.usual(day)
        holiday = self._unconfirmed.get(day)
        if holiday is not None and usual.periods:
            return Day(day, Rule.UNCONFIRMED, usual.periods, holiday)
        return usual

    def usual(self, day: date) -> Day:
        """Return what season or week say of a date, whatever is special about it."""
        seasons = [season for season in self.seasons if day in season.dates]
        if seasons:
            weeks = [season.week[day.weekday()] for season in seasons]
            periods = tuple(period for week in weeks for period in week)
            rule = Rule.CONTRADICTION if len(seasons) > 1 else Rule.SEASON
            return _checked(Day(day, rule, periods))
        if self.week is None:
            return Day(day, Rule.NOTHING)
        return _checked(Day(day, Rule.WEEK, self.week[day.weekday()]))

    def season_on(self, day: date) -> Season | None:
        """Return the season of a date, None outside of all."""
        return next((one for one in self.seasons if day in one.dates), None)

    def contradictions(self, first: date, last: date) -> list[Day]:
        """Return the days of a range about which the entries contradict each other."""
        days = (self.on(first + n * ONE_DAY) for n in range((last - first).days + 1))
        return [day for day in days if day.rule is Rule.CONTRADICTION]

    def coming(self, today: date, days_ahead: int) -> list[SpecialDays]:
        """Return the special days that are not over and begin within some days, in order."""
        latest = today + timedelta(days=days_ahead)
        return sorted(
            (
                entry
                for entry in self.special_days
                if entry.dates.last >= today and entry.dates.first <= latest
            ),
            key=lambda entry: (entry.dates.first, entry.dates.last, entry.periods),
        )

    def coming_unconfirmed(self, today: date, days_ahead: int) -> list[Day]:
        """Return today's and the coming holidays about which nobody has decided, in order."""
        latest = today + timedelta(days=days_ahead)
        days = (
            self.on(day)
            for day, _name in sorted(self.unconfirmed)
            if today <= day <= latest
        )
        return [day for day in days if day.rule is Rule.UNCONFIRMED]

    def next_turn(self, today: date, *days_ahead: int) -> date | None:
        """Return the next date on which something comes to be announced, begins or is over."""
        ranges = [entry.dates for entry in self.special_days]
        for season in self.seasons:
            after = season.dates.last + ONE_DAY
            ranges += [season.dates, Dates(after, after)]
        ranges += [Dates(day, day) for day, _name in self.unconfirmed]
        turns = {
            turn
            for dates in ranges
            for turn in (
                *(dates.first - timedelta(days=ahead) for ahead in days_ahead),
                dates.first,
                dates.last + ONE_DAY,
            )
        }
        return min((turn for turn in turns if turn > today), default=None)

    # Instants

    def local(self, moment: datetime) -> datetime:
        """Return an aware datetime as the clock on the clinic's wall shows it."""
        return moment.astimezone(self.zone)

    def moment(self, day: date, minute: int = 0) -> datetime:
        """Return when the wall clock first shows a minute of a date, or a later one."""
        wall = datetime.combine(day, time()) + timedelta(minutes=minute)
        offset = wall.replace(tzinfo=self.zone).utcoffset() or timedelta()
        after = wall.replace(tzinfo=self.zone, fold=1).utcoffset() or timedelta()
        found = (wall - offset).replace(tzinfo=UTC)
        # Between two offsets a time comes twice, or never.
        if after <= offset:
            return found
        # The clock jumped over it: the change itself is looked for.
        before = (wall - after).replace(tzinfo=UTC)
        while found - before > timedelta(seconds=1):
            middle = before + (found - before) // 2
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                found = middle
        return found.replace(microsecond=0)

    def spans(self, begins: datetime, ends: datetime) -> list[Span]:
        """Return what holds from one aware datetime to another, without a gap between."""
        layers = dict.fromkeys(_LAYERS, 0)
        spans: list[Span] = []
        kind, since = Kind.CLOSED, begins
        for moment, layer, step in sorted(self._edges(begins, ends), key=_by_moment):
            if moment >= ends:
                break
            if moment > since:
                _add(spans, since, moment, kind)
                since = moment
            layers[layer] += step
            kind = next((one for one in _LAYERS if layers[one]), Kind.CLOSED)
        _add(spans, since, ends, kind)
        return spans

    def _edges(
        self, begins: datetime, ends: datetime
    ) -> Iterator[tuple[datetime, Kind, int]]:
        """Yield where something begins (1) or ends (-1) that decides about instants."""
        if self.closure and self.closure.begins < ends:
            yield self.closure.begins, Kind.CLOSED, 1
            if self.closure.ends:
                yield self.closure.ends, Kind.CLOSED, -1
        # The night before reaches into the first day; a change of the clock at midnight
        # may show a date twice.
        day = self.local(begins).date() - ONE_DAY
        before = self._own(day - ONE_DAY)
        starts = [self.moment(day), self.moment(day + ONE_DAY)]
        while starts[0] < ends:
            starts.append(self.moment(day + 2 * ONE_DAY))
            # Without a change of the clock within reach of its periods counting will do.
            is_even = starts[2] - starts[0] == 2 * ONE_DAY
            start = starts.pop(0)
            own = self._own(day)
            known, before = _after(before, own), own
            if known.is_known:
                layer, stretches = (
                    Kind.OPEN,
                    [(p.opens, p.closes) for p in known.periods],
                )
            else:
                latest = max([DAY, *(period.closes for period in known.periods)])
                layer, stretches = Kind.UNKNOWN, [(0, latest)]
            for stretch in stretches:
                for minute, step in zip(stretch, (1, -1), strict=True):
                    moment = start + timedelta(minutes=minute)
                    yield moment if is_even else self.moment(day, minute), layer, step
            day += ONE_DAY

    def closure_edges(self) -> list[datetime]:
        """Return when the unplanned closure begins and, if that is known, ends."""
        if self.closure is None:
            return []
        edges = (self.closure.begins, self.closure.ends)
        return [moment for moment in edges if moment is not None]

    def state_at(self, moment: datetime) -> State:
        """Return what holds at an aware datetime and when that is to change."""
        for ahead in LOOK_AHEAD:
            spans = self.spans(moment, moment + ahead)
            if len(spans) > 1 or self._is_endless(moment):
                break
        first = spans[0]
        reason = self.reason_at(moment) if first.kind is Kind.CLOSED else ""
        if len(spans) == 1:
            return State(first.kind, reason=reason)
        return State(first.kind, first.ends, spans[1].kind, reason)

    def _is_endless(self, moment: datetime) -> bool:
        closure = self.closure
        return bool(closure and closure.ends is None and closure.covers(moment))

    def reason_at(self, moment: datetime) -> str:
        """Return why the clinic is closed at an instant, if anybody has said so."""
        if self.closure and self.closure.covers(moment):
            return self.closure.reason
        day = self.on(self.local(moment).date())
        return day.reason if day.rule is Rule.CLOSURE else ""


# The first that applies decides: the unplanned closure, what is in doubt, a period.
_LAYERS = (Kind.CLOSED, Kind.UNKNOWN, Kind.OPEN)


def _by_moment(edge: tuple[datetime, Kind, int]) -> datetime:
    return edge[0]


def _add(spans: list[Span], begins: datetime, ends: datetime, kind: Kind) -> None:
    """Append a span, as part of the last one if that is of the same kind."""
    if spans and spans[-1].kind is kind:
        begins = spans.pop().begins
    spans.append(Span(begins, ends, kind))


def _after(before: Day, own: Day) -> Day:
    """Return a day, as a contradiction if the night before reaches into its periods."""
    if own.periods and before.periods and own.is_known and before.is_known:
        latest = max(period.closes for period in before.periods)
        if latest > DAY + own.periods[0].opens:
            return Day(own.date, Rule.CONTRADICTION, own.periods, own.reason)
    return own


def _checked(day: Day) -> Day:
    """Return a day, its periods in order, as a contradiction if they overlap."""
    periods, is_contradiction = in_order(day.periods)
    rule = Rule.CONTRADICTION if is_contradiction else day.rule
    return Day(day.date, rule, periods, day.reason)
