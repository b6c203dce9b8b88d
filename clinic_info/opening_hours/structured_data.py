"""The clinic for machines: schema.org's MedicalClinic with its hours."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from clinic_info.details import ClinicDetails
from clinic_info.opening_hours.grouping import grouped
from clinic_info.opening_hours.periods import DAY, Period, Periods, Week
from clinic_info.opening_hours.schedule import ONE_DAY, Dates, Day, Schedule
from clinic_info.opening_hours.showing import FORTNIGHT, LISTED_DAYS_AHEAD
from clinic_site.addresses import absolute_url

Data = dict[str, Any]

_DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


def medical_clinic(clinic: ClinicDetails, schedule: Schedule, now: datetime) -> Data:
    """Return the clinic as of a moment; what is not known is left out."""
    today = schedule.local(now).date()
    data: Data = {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "@id": absolute_url("/#clinic"),
        "name": str(clinic.name),
        "url": absolute_url("/"),
    }
    found = {
        "telephone": clinic.phone,
        "email": clinic.email,
        "hasMap": clinic.map_url,
        "address": ", ".join(clinic.address_lines),
        "openingHoursSpecification": list(_weeks(schedule, today)),
        "specialOpeningHoursSpecification": list(_special(schedule, now, today)),
    }
    return data | {name: value for name, value in found.items() if value}


def _weeks(schedule: Schedule, today: date) -> Iterator[Data]:
    """Yield the week and the seasons that are not over, without the days in doubt.

    schema.org has no word for "in doubt": nothing is said of such a day.
    """
    doubtful = [
        day
        for day in (today + n * ONE_DAY for n in range(LISTED_DAYS_AHEAD))
        if not schedule.on(day).is_known
    ]
    holes = [Dates(day, day) for day in doubtful]
    seasons = [one for one in schedule.seasons if one.dates.last >= today]
    if schedule.week:
        dates = [season.dates for season in seasons]
        for between in _without(None, None, [*holes, *dates]):
            for entry in _week(schedule.week):
                yield entry | between
    for season in seasons:
        for between in _without(season.dates.first, season.dates.last, holes):
            for entry in _week(season.week):
                yield entry | between


def _without(
    first: date | None, last: date | None, holes: list[Dates]
) -> Iterator[Data]:
    """Yield what is left of a range (None: endless) without some dates."""
    for hole in sorted(holes, key=lambda dates: dates.first):
        if (first and hole.last < first) or (last and hole.first > last):
            continue
        if first is None or first < hole.first:
            yield _validity(first, hole.first - ONE_DAY)
        first = hole.last + ONE_DAY
    if first is None or last is None or first <= last:
        yield _validity(first, last)


def _week(week: Week) -> Iterator[Data]:
    for group in grouped(week):
        days = [
            f"https://schema.org/{name}" for name in _DAYS[group.first : group.last + 1]
        ]
        for entry in _specifications(group.periods):
            yield {**entry, "dayOfWeek": days}


def _special(schedule: Schedule, now: datetime, today: date) -> Iterator[Data]:
    """Yield the hours of special days and of those that are cut short.

    Yesterday's are among them: its night may reach into today.
    """
    yesterday = today - ONE_DAY
    days = {
        entry.dates.first + n * ONE_DAY
        for entry in schedule.coming(yesterday, LISTED_DAYS_AHEAD + 1)
        for n in range(entry.dates.days)
    }
    known: list[tuple[Dates, Periods]] = []
    cut = _cut_short(schedule, now, yesterday)
    for day in sorted({*days, *cut}):
        found = schedule.on(day)
        if day < yesterday or not (found.is_known or day in cut):
            continue
        periods = cut.get(day, found.periods)
        dates = Dates(day, day)
        if known and known[-1] == (Dates(known[-1][0].first, day - ONE_DAY), periods):
            dates = Dates(known.pop()[0].first, day)
        known.append((dates, periods))
    for dates, periods in known:
        for entry in _specifications(periods):
            yield entry | _validity(dates.first, dates.last)


def _cut_short(
    schedule: Schedule, now: datetime, yesterday: date
) -> dict[date, Periods]:
    """Return the days of the unplanned closure with what is left of their hours."""
    closure = schedule.closure
    if not closure or (closure.ends and closure.ends <= now):
        return {}
    # "Until further notice" is told for as long as the browser is told anything.
    endless = schedule.moment(schedule.local(now + FORTNIGHT).date() + ONE_DAY)
    ends = closure.ends or endless
    # Its first hours may belong to the night before.
    day = max(schedule.local(closure.begins).date() - ONE_DAY, yesterday)
    cut: dict[date, Periods] = {}
    early: Periods = ()
    while schedule.moment(day) <= min(ends, endless):
        found = schedule.on(day)
        midnights = schedule.moment(day), schedule.moment(day + ONE_DAY)
        if found.is_known:
            left, late = _left_of(schedule, found, closure.begins, ends)
            if early or left != found.periods:
                cut[day] = early + left
            early = late
        elif closure.begins <= midnights[0] and midnights[1] <= ends:
            cut[day] = early = ()
        day += ONE_DAY
    return cut


def _left_of(
    schedule: Schedule, day: Day, begins: datetime, ends: datetime
) -> tuple[Periods, Periods]:
    """Return what a closure leaves of a day's periods, and what of the next day's morning."""

    def minute(moment: datetime) -> int:
        local = schedule.local(moment)
        days = (local.date() - day.date).days
        return days * DAY + local.hour * 60 + local.minute

    pairs = []
    for period in day.periods:
        opens = schedule.moment(day.date, period.opens)
        closes = schedule.moment(day.date, period.closes)
        if closes <= begins or ends <= opens:
            pairs.append((period.opens, period.closes))
            continue
        if opens < begins:
            pairs.append((period.opens, minute(begins)))
        if ends < closes:
            pairs.append((minute(ends), period.closes))
    # Within an hour that comes twice a stretch may seem to end before it begins.
    found = [(opens, closes) for opens, closes in pairs if opens < closes]
    return (
        tuple(Period(opens, closes) for opens, closes in found if opens < DAY),
        tuple(
            Period(opens - DAY, closes - DAY) for opens, closes in found if opens >= DAY
        ),
    )


def _specifications(periods: Periods) -> Iterator[Data]:
    """Yield an entry for each period; closed all day is said by 0:00 to 0:00."""
    kind = {"@type": "OpeningHoursSpecification"}
    if not periods:
        yield kind | {"opens": "00:00", "closes": "00:00"}
    for period in periods:
        # Machines read equal times as closed.
        is_whole = period.closes - period.opens == DAY
        closes = period.closes - 1 if is_whole else period.closes
        yield kind | {"opens": _time(period.opens), "closes": _time(closes)}


def _time(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _validity(first: date | None, last: date | None) -> Data:
    dates = {"validFrom": first, "validThrough": last}
    return {name: day.isoformat() for name, day in dates.items() if day}
