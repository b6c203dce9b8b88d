"""What all pages about the hours in the admin share."""

from datetime import date, datetime
from typing import Any

from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permission_policies import ModelPermissionPolicy

from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.schedule import Schedule, UnplannedClosure
from clinic_info.opening_hours.showing import ClinicHours
from clinic_site.clinic_day import clinic_day


class HoursView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """What all pages about the hours share."""

    permission_policy = ModelPermissionPolicy(OpeningHours)
    permission_required = "change"
    header_icon = "time"
    is_index = False

    @cached_property
    def hours(self) -> OpeningHours:
        """The stored hours, without what cannot be read."""
        hours = OpeningHours.load()
        if hours.drop_unreadable() and self.request.method == "GET":
            text = gettext(
                "Some of the stored hours cannot be read and are left out here. Please "
                "enter them again."
            )
            messages.error(self.request, text)
        return hours

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def today(self) -> date:
        return clinic_day(self.now)

    @property
    def schedule(self) -> Schedule:
        return ClinicHours(self.hours).schedule(self.now)

    @property
    def closure(self) -> UnplannedClosure | None:
        """The unplanned closure that is not over."""
        closure = self.hours.closure
        is_over = closure and closure.ends and closure.ends <= self.now
        return None if is_over else closure

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        items = [*self.breadcrumbs_items]
        if not self.is_index:
            url = reverse("opening_hours:index")
            items.append({"url": url, "label": gettext("Opening hours")})
        return [*items, {"url": "", "label": self.get_page_title()}]

    def page(self, *, status: int = 200, **context: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**context), status=status)

    def refused(self, **context: Any) -> HttpResponse:
        """Show what was typed again, with what is wrong beside it."""
        text = gettext("Nothing was saved yet. Please look at what is marked.")
        messages.error(self.request, text)
        return self.page(status=422, **context)

    def done(self, text: str) -> HttpResponseRedirect:
        messages.success(self.request, text)
        return redirect("opening_hours:index")

    def seen(self, form: Form) -> str:
        return str(form.cleaned_data.get("seen", ""))

    def overtaken(self, *differs: str, **context: Any) -> HttpResponse:
        """Say that somebody was quicker; what was typed stays, saving again decides."""
        text = gettext(
            "Somebody else has changed the hours since you opened this page. Nothing was "
            "saved yet. Saving again puts what stands here in place of their change."
        )
        messages.error(self.request, " ".join([text, "; ".join(differs)]).strip())
        return self.page(status=422, **context)
