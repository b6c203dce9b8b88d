"""What the worker does about the hours."""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from clinic_info.opening_hours.holidays import ASK_DAYS_AHEAD
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.showing import ClinicHours
from clinic_site.clinic_day import clinic_day
from clinic_site.mail.queue import queue

# Whoever is in the first of these groups that has anybody.
ASKED_GROUPS = ("Reception", "Editors")


def ask_about_holidays(now: datetime) -> None:
    """Ask staff about public holidays that fall on opening days, once each."""
    schedule = ClinicHours(OpeningHours.load()).schedule(now)
    days = schedule.coming_unconfirmed(clinic_day(now), ASK_DAYS_AHEAD)
    people = _asked() if days else []
    with transaction.atomic():
        for day in days:
            for person in people:
                queue(
                    "holiday_question",
                    key=f"holiday-question:{day.date}:{person.pk}",
                    recipient=person.email,
                    reference=day.date.isoformat(),
                    now=now,
                )


def _asked() -> list[AbstractUser]:
    users = get_user_model().objects.filter(is_active=True).exclude(email="")
    for group in ASKED_GROUPS:
        found = list(users.filter(groups__name=group).distinct().order_by("pk"))
        if found:
            return found
    return []
