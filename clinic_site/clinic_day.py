"""Which day it is at the clinic."""

from datetime import date, datetime

from django.utils import timezone


def clinic_day(now: datetime) -> date:
    """Return the date at the clinic, in TIME_ZONE.

    Not that of `timezone.localdate`: in the admin it goes by the zone that a member of
    staff has chosen for the account.
    """
    return timezone.localdate(now, timezone.get_default_timezone())
