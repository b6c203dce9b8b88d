"""The clinic for machines: schema.org's MedicalClinic with its hours."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from clinic_info.details import ClinicDetails
from clinic_info.opening_hours.grouping import grouped
from clinic_info.opening_hours.periods import DAY, Period, Periods, Week
from clinic_info.opening_hours.schedule import ONE_DAY, Dates, Kind, Schedule
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
    """Yield the week without dates, and the seasons that are not over with theirs."""
    if schedule.week:
        yield from _week(schedule.week)
    for season in schedule.seasons:
        if season.dates.last >= today:
            for entry in _week(season.week):
                yield entry | _validity(season.dates)


def _week(week: Week) -> Iterator[Data]:
    for group in grouped(week):
        days = [
            f"https://schema.org/{name}" for name in _DAYS[group.first : group.last + 1]
        ]
        for entry in _specifications(group.periods):
            yield {**entry, "dayOfWeek": days}


def _special(schedule: Schedule, now: datetime, today: date) -> Iterator[Data]:
    """Yield the hours of coming special days and of those that are cut short."""
    days = {
        entry.dates.first + timedelta(days=n)
        for entry in schedule.coming(today, LISTED_DAYS_AHEAD)
        for n in range(entry.dates.days)
    }
    known: list[tuple[Dates, Periods]] = []
    cut = _cut_short(schedule, now, today)
    for day in sorted({*days, *cut}):
        found = schedule.on(day)
        if day < today or not (found.is_known or day in cut):
            continue
        periods = cut.get(day, found.periods)
        dates = Dates(day, day)
        if known and known[-1] == (Dates(known[-1][0].first, day - ONE_DAY), periods):
            dates = Dates(known.pop()[0].first, day)
        known.append((dates, periods))
    for dates, periods in known:
        for entry in _specifications(periods):
            yield entry | _validity(dates)


def _cut_short(schedule: Schedule, now: datetime, today: date) -> dict[date, Periods]:
    """Return the days of the unplanned closure with what is left of their hours."""
    closure = schedule.closure
    if not closure or (closure.ends and closure.ends <= now):
        return {}
    ends = min(closure.ends or now + FORTNIGHT, now + FORTNIGHT)
    day = max(schedule.local(closure.begins).date(), today)
    cut = {}
    while schedule.moment(day) < ends:
        cut[day] = _left_of(schedule, day)
        day += ONE_DAY
    return cut


def _left_of(schedule: Schedule, day: date) -> Periods:
    """Return when the clinic is really open on a date, as times of its clock."""
    midnight, next_midnight = schedule.moment(day), schedule.moment(day + ONE_DAY)

    def minute(moment: datetime) -> int:
        local = schedule.local(moment)
        return DAY if moment == next_midnight else local.hour * 60 + local.minute

    pairs = [
        (minute(span.begins), minute(span.ends or next_midnight))
        for span in schedule.spans(midnight, next_midnight)
        if span.kind is Kind.OPEN
    ]
    # Within an hour that comes twice a stretch may seem to end before it begins.
    return tuple(Period(opens, closes) for opens, closes in pairs if opens < closes)


def _specifications(periods: Periods) -> Iterator[Data]:
    """Yield an entry for each period; closed all day is said by 0:00 to 0:00."""
    kind = {"@type": "OpeningHoursSpecification"}
    if not periods:
        yield kind | {"opens": "00:00", "closes": "00:00"}
    for period in periods:
        if period.closes - period.opens == DAY and not period.opens:
            yield kind | {"opens": "00:00", "closes": "23:59"}
        else:
            yield kind | {"opens": _time(period.opens), "closes": _time(period.closes)}


def _time(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _validity(dates: Dates) -> Data:
    return {
        "validFrom": dates.first.isoformat(),
        "validThrough": dates.last.isoformat(),
    }
