"""What the dashboard says of the hours, and asks about them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from wagtail.admin.ui.components import Component

from clinic_info.opening_hours.admin import PERMISSION
from clinic_info.opening_hours.holidays import ASK_DAYS_AHEAD
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.showing import ClinicHours
from clinic_info.opening_hours.wording import date_text, periods_text
from clinic_site.clinic_day import clinic_day


class HoursPanel(Component):
    """Open or closed now, "close from now", holidays to confirm, contradictions."""

    name = "opening_hours"
    template_name = "clinic_info/admin/hours_panel.html"
    order = 50

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        context = super().get_context_data(parent_context)
        request = parent_context["request"]
        if not request.user.has_perm(PERMISSION):
            return context | {"may": False}
        now, stored = timezone.now(), OpeningHours.load()
        hours = ClinicHours(stored)
        schedule, today = hours.schedule(now), clinic_day(now)
        closure = schedule.closure
        return context | {
            "may": True,
            "request": request,
            "has_week": schedule.week is not None,
            "sentence": hours.sentence(now),
            "is_closed_unplanned": bool(closure and closure.covers(now)),
            "questions": [
                {
                    "date": day.date,
                    "day": date_text(day.date),
                    "name": day.reason,
                    "usual": periods_text(day.periods, stored.clock).drawn,
                }
                for day in schedule.coming_unconfirmed(today, ASK_DAYS_AHEAD)
            ],
            "contradictions": [
                date_text(day.date)
                for day in schedule.contradictions(
                    today, today + timedelta(days=ASK_DAYS_AHEAD)
                )
            ],
        }
