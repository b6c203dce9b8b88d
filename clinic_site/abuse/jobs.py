"""What is deleted of the measures against abuse when its time is over."""

from datetime import datetime

from django.db import connection

from clinic_site.abuse.limits import forget_counters
from clinic_site.abuse.models import RateKey
from clinic_site.abuse.refusals import forget_refusals


def forget(now: datetime) -> None:
    """Delete ended counters, the keys of past days, and old tallies."""
    forget_counters(now)
    forget_refusals(now)
    # Last: it may find the table in use.
    connection.erase_deleted(RateKey)  # type: ignore[attr-defined]
