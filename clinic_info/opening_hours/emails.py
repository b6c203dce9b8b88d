"""What staff are asked by mail about the hours."""

from datetime import date

from django.urls import reverse
from django.utils import timezone

from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.schedule import Rule
from clinic_info.opening_hours.showing import ClinicHours
from clinic_info.opening_hours.wording import date_text, periods_text
from clinic_site.addresses import absolute_url
from clinic_site.clinic_day import clinic_day
from clinic_site.mail.messages import Message, render


def holiday_question(reference: str, _recipient: str) -> Message | None:
    """Ask what a public holiday is for the clinic; `reference` is its date.

    None if somebody has answered, or the day has come and gone.
    """
    now, day = timezone.now(), date.fromisoformat(reference)
    hours = ClinicHours(OpeningHours.load())
    found = hours.schedule(now).on(day)
    if found.rule is not Rule.UNCONFIRMED or day < clinic_day(now):
        return None
    context = {
        "day": date_text(day),
        "name": found.reason,
        "usual": periods_text(found.periods, hours.hours.clock).drawn,
        "sentence": hours.sentence(now),
        "url": absolute_url(reverse("opening_hours:holiday", args=[day])),
    }
    return render("clinic_info/emails/holiday_question", context)
