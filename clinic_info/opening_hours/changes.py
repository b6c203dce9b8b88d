"""Changes of the hours: each is one transaction, logged, and seen by readers at once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import translation
from wagtail.log_actions import log

from clinic_info.opening_hours.holidays import holidays_around
from clinic_info.opening_hours.models import ONLY_ROW, OpeningHours
from clinic_info.opening_hours.periods import Periods
from clinic_info.opening_hours.schedule import (
    ONE_DAY,
    Dates,
    Rule,
    Schedule,
    SpecialDays,
)

# Names of the log's actions.
CHANGE = "clinic_info.hours.change"
CLOSE = "clinic_info.hours.close"
REOPEN = "clinic_info.hours.reopen"
HOLIDAY = "clinic_info.hours.holiday"


class ChangedMeanwhileError(Exception):
    """Somebody else has changed the hours since they were shown."""


class AlreadyAnsweredError(Exception):
    """The date is no public holiday about which anybody has to decide."""


def fingerprint(hours: OpeningHours) -> str:
    """Return what tells one state of week, seasons and special days from another."""
    stored = [hours.week_stored, hours.seasons_stored, hours.special_days_stored]
    text = json.dumps([*stored, hours.clock], sort_keys=True)
    return blake2b(text.encode(), digest_size=12).hexdigest()


def closure_fingerprint(hours: OpeningHours) -> str:
    """Return what tells one unplanned closure from another, "" without any."""
    if hours.closed_from is None:
        return ""
    parts = [hours.closed_from, hours.closed_until, hours.closed_reason]
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def change(
    *,
    user: AbstractBaseUser,
    edit: Callable[[OpeningHours], None],
    action: str = CHANGE,
    seen: str | None = None,
    mark: Callable[[OpeningHours], str] = fingerprint,
) -> OpeningHours:
    """Let `edit` change the hours, and store and log them.

    Raises ChangedMeanwhileError if `seen` is not the mark of what is stored, unless that
    is what `edit` wants anyway.
    """
    with transaction.atomic():
        # The first change makes the row.
        OpeningHours.objects.bulk_create(
            [OpeningHours(pk=ONLY_ROW)], ignore_conflicts=True
        )
        hours = OpeningHours.objects.select_for_update().get(pk=ONLY_ROW)
        before = _logged(hours)
        # What cannot be read must hinder nobody from closing; the log keeps it.
        hours.drop_unreadable()
        found = mark(hours)
        edit(hours)
        if seen is not None and seen != found != mark(hours):
            raise ChangedMeanwhileError
        after = _logged(hours)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return hours
        hours.save()
        log(
            instance=hours,
            action=action,
            user=user,
            data={
                "before": {name: before[name] for name in changed},
                "after": {name: after[name] for name in changed},
            },
            content_changed=True,
        )
    return hours


def close(
    *,
    user: AbstractBaseUser,
    begins: datetime,
    ends: datetime | None,
    reason: str,
    seen: str | None = None,
) -> OpeningHours:
    """Close the clinic from a moment on, until another or until further notice (None).

    A closure that runs already keeps its beginning. Raises ChangedMeanwhileError if
    `seen` is not the mark of the closure that is stored.
    """

    def edit(hours: OpeningHours) -> None:
        running = hours.closure
        if running is None or not running.covers(begins):
            hours.closed_from = begins
        hours.closed_until, hours.closed_reason = ends, reason

    return change(
        user=user, action=CLOSE, edit=edit, seen=seen, mark=closure_fingerprint
    )


def reopen(*, user: AbstractBaseUser) -> OpeningHours:
    """Take an unplanned closure back."""

    def edit(hours: OpeningHours) -> None:
        hours.closed_from = hours.closed_until = None
        hours.closed_reason = ""

    return change(user=user, action=REOPEN, edit=edit)


def end_of_day(schedule: Schedule, now: datetime) -> datetime:
    """Return when today is over: at midnight, or when the night's last period ends.

    In a night's shift it is that night that ends, not the coming one.
    """
    today = schedule.local(now).date()
    night = schedule.on(today - ONE_DAY).periods
    dawn = schedule.moment(
        today - ONE_DAY, max((period.closes for period in night), default=0)
    )
    if now < dawn:
        return dawn
    latest = max((period.closes for period in schedule.on(today).periods), default=0)
    return max(schedule.moment(today + ONE_DAY), schedule.moment(today, latest))


def answer_holiday(
    *, user: AbstractBaseUser, day: date, periods: Periods | None
) -> OpeningHours:
    """Enter the hours of a public holiday; None stands for those of any such weekday.

    Raises AlreadyAnsweredError if the date is not in doubt.
    """

    def edit(hours: OpeningHours) -> None:
        schedule = hours.schedule(day)
        found = replace(schedule, closure=None).on(day)
        if found.rule is not Rule.UNCONFIRMED:
            raise AlreadyAnsweredError
        chosen = found.periods if periods is None else periods
        # Visitors read the name, in the site's language and not in that of the admin.
        with translation.override(settings.LANGUAGE_CODE):
            name = dict(holidays_around(day)).get(day, found.reason)
        entry = SpecialDays(Dates(day, day), chosen, name)
        hours.special_days = (*hours.special_days, entry)

    return change(user=user, action=HOLIDAY, edit=edit)


def _logged(hours: OpeningHours) -> dict[str, Any]:
    moments = (hours.closed_from, hours.closed_until)
    begins, ends = (moment.isoformat() if moment else None for moment in moments)
    return {
        "week": hours.week_stored,
        "seasons": hours.seasons_stored,
        "special_days": hours.special_days_stored,
        "closed_from": begins,
        "closed_until": ends,
        "closed_reason": hours.closed_reason,
        "clock": hours.clock,
    }
