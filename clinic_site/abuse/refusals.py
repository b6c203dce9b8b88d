"""Why forms were refused: logged and tallied, without anything that was in them."""

import logging
from datetime import datetime, timedelta

from django.db import connection

from clinic_site.abuse.models import RefusedForms
from clinic_site.clinic_day import clinic_day
from clinic_site.database.counters import add_one

logger = logging.getLogger(__name__)

KEPT = timedelta(days=90)


def note(form: str, reason: str, now: datetime) -> None:
    """Log and tally that a form was refused. Both names are ours, never a visitor's."""
    logger.info("Refused a form %s: %s", form, reason)
    day = connection.ops.adapt_datefield_value(clinic_day(now))
    # In a flood this is the only thing that is written.
    with connection.not_waiting_for_the_disk():  # type: ignore[attr-defined]
        add_one(RefusedForms, "forms", day=day, form=form, reason=reason)


def forget_refusals(now: datetime) -> None:
    """Delete tallies that nobody looks at any more."""
    oldest = clinic_day(now) - KEPT
    RefusedForms.objects.filter(day__lt=oldest).delete()
