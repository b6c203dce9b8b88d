"""Where staff edit the hours: one page for week and special days, one for each season."""

from datetime import date, datetime
from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, register_converter, reverse
from django.utils import formats, timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from clinic_info.opening_hours import changes
from clinic_info.opening_hours.forms import (
    ClinicWeekForm,
    CloseForm,
    HolidayForm,
    SeasonForm,
    SpecialDaysFormSet,
    note_contradictions,
    past,
    special_days_initial,
)
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.schedule import Rule, Schedule, Season
from clinic_info.opening_hours.showing import ClinicHours
from clinic_info.opening_hours.wording import date_text

PERMISSION = "clinic_info.change_openinghours"


class DateConverter:
    """A date in an address."""

    # The years for which holidays are known.
    regex = r"20\d{2}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DateConverter, "iso_date")


class HoursView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """What all pages about the hours share."""

    permission_policy = ModelPermissionPolicy(OpeningHours)
    permission_required = "change"
    header_icon = "time"

    @cached_property
    def hours(self) -> OpeningHours:
        return OpeningHours.load()

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def schedule(self) -> Schedule:
        return ClinicHours(self.hours).schedule(self.now)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        items = [*self.breadcrumbs_items]
        if not isinstance(self, EditHours):
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

    def overtaken(self, **context: Any) -> HttpResponse:
        """Say that somebody was quicker; what was typed stays, saving again decides."""
        text = gettext(
            "Somebody else has changed the hours since you opened this page. Nothing was "
            "saved yet. Saving again puts what stands here in place of their change."
        )
        messages.error(self.request, text)
        return self.page(status=422, **context)


class EditHours(HoursView):
    """The week and all special days on one page."""

    page_title = _("Opening hours")
    template_name = "clinic_info/admin/hours.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        week = ClinicWeekForm(
            week=self.hours.week,
            initial={
                "seen": changes.fingerprint(self.hours),
                "clock": self.hours.clock,
            },
        )
        coming = [
            one for one in self.hours.special_days if one.dates.last >= self.today
        ]
        special = SpecialDaysFormSet(
            initial=special_days_initial(tuple(coming)), prefix="special"
        )
        return self.page(form=week, special=special)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ClinicWeekForm(request.POST)
        special = SpecialDaysFormSet(request.POST, prefix="special")
        # Both are asked, so that all that is wrong is said at once.
        if not all([form.is_valid(), special.is_valid()]):
            return self.refused(form=form, special=special)
        entered = OpeningHours(week_stored=None)
        self._edit(entered, form, special)
        entered.seasons = self.hours.seasons
        if not note_contradictions(special, entered.schedule(self.today)):
            return self.refused(form=form, special=special)
        try:
            changes.change(
                user=request.user,
                edit=lambda hours: self._edit(hours, form, special),
                seen=self.seen(form),
            )
        except changes.ChangedMeanwhileError:
            form.data = form.data.copy()
            form.data["seen"] = changes.fingerprint(OpeningHours.load())
            return self.overtaken(form=form, special=special)
        return self.done(gettext("The opening hours are saved. Visitors see them now."))

    def _edit(self, hours: OpeningHours, form: ClinicWeekForm, special: Any) -> None:
        hours.week = form.cleaned_data["week"]
        hours.clock = form.cleaned_data["clock"]
        kept = past(hours.special_days, self.today)
        hours.special_days = (*kept, *special.entries())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "seasons": list(enumerate(self.hours.seasons)),
            "sentence": ClinicHours(self.hours).sentence(self.now),
            "closure": self.hours.closure,
        }


class EditSeason(HoursView):
    """One season: name, dates, week."""

    template_name = "clinic_info/admin/season.html"
    number: int | None = None

    def dispatch(
        self, request: HttpRequest, *args: Any, number: int | None = None
    ) -> HttpResponse:
        if number is not None and number >= len(self.hours.seasons):
            raise Http404
        self.number = number
        return super().dispatch(request, *args)

    def get_page_title(self) -> str:
        return self.season.name if self.season else gettext("New season")

    @property
    def season(self) -> Season | None:
        return None if self.number is None else self.hours.seasons[self.number]

    @property
    def others(self) -> tuple[Season, ...]:
        return tuple(
            season for n, season in enumerate(self.hours.seasons) if n != self.number
        )

    def get(self, request: HttpRequest) -> HttpResponse:
        initial = {"seen": changes.fingerprint(self.hours)}
        return self.page(form=SeasonForm(season=self.season, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SeasonForm(request.POST, season=self.season, others=self.others)
        is_deleted = "delete" in request.POST and self.season is not None
        if not form.is_valid() and not is_deleted:
            return self.refused(form=form)

        def edit(hours: OpeningHours) -> None:
            others = self.others
            hours.seasons = others if is_deleted else (*others, form.season())

        try:
            changes.change(
                user=request.user, edit=edit, seen=request.POST.get("seen", "")
            )
        except changes.ChangedMeanwhileError:
            # The number may mean another season by now.
            text = gettext(
                "Somebody else has changed the hours since you opened this page. "
                "Please open the season again."
            )
            messages.error(request, text)
            form.data = form.data.copy()
            return self.page(status=422, form=form)
        if is_deleted:
            return self.done(gettext("The season is deleted."))
        return self.done(gettext("The season is saved. Visitors see it in its time."))


class CloseFromNow(HoursView):
    """Closed from now: the second of two clicks."""

    page_title = _("Close from now")
    template_name = "clinic_info/admin/close.html"

    def form(self, *args: Any) -> CloseForm:
        return CloseForm(*args, schedule=self.schedule, now=self.now)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(form=self.form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.refused(form=form)
        data = form.cleaned_data
        ends = data.get("ends")
        if data["until"] == "today":
            ends = changes.end_of_day(self.schedule, self.now)
        changes.close(
            user=request.user,
            begins=self.now.replace(microsecond=0),
            ends=ends,
            reason=data["reason"],
        )
        return self.done(gettext("The clinic is closed from now. Visitors see it now."))


class Reopen(HoursView):
    """Take the unplanned closure back."""

    page_title = _("Open again")
    template_name = "clinic_info/admin/reopen.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(closure=self.hours.closure)

    def post(self, request: HttpRequest) -> HttpResponse:
        changes.reopen(user=request.user)
        return self.done(gettext("The usual hours hold again. Visitors see it now."))


class AnswerHoliday(HoursView):
    """What a public holiday is for the clinic."""

    template_name = "clinic_info/admin/holiday.html"

    def dispatch(self, request: HttpRequest, *args: Any, day: date) -> HttpResponse:
        self.day = day
        return super().dispatch(request, *args)

    def get_page_title(self) -> str:
        found = self.schedule.on(self.day)
        return f"{found.reason}, {formats.date_format(self.day, 'l j F Y')}".strip(", ")

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.schedule.on(self.day).rule is not Rule.UNCONFIRMED:
            return self._already()
        return self.page(form=HolidayForm(initial={"answer": "other"}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = HolidayForm(request.POST)
        if not form.is_valid():
            return self.refused(form=form)
        try:
            changes.answer_holiday(
                user=request.user, day=self.day, periods=form.cleaned_data["periods"]
            )
        except changes.AlreadyAnsweredError:
            return self._already()
        return self.done(
            gettext("The hours of %(day)s are confirmed. Visitors see them now.")
            % {"day": date_text(self.day)}
        )

    def _already(self) -> HttpResponse:
        text = gettext("The hours of %(day)s are known already: nothing was changed.")
        messages.warning(self.request, text % {"day": date_text(self.day)})
        return redirect("opening_hours:index")


class HoursMenuItem(MenuItem):
    """Shown to those who may change the hours."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))


class OpeningHoursViewSet(ViewSet):
    """The pages about the hours, below /admin/opening-hours/."""

    name = "opening_hours"
    url_prefix = "opening-hours"
    icon = "time"
    menu_label = _("Opening hours")
    menu_order = 140
    menu_item_class = HoursMenuItem
    add_to_admin_menu = True

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", EditHours.as_view(), name="index"),
            path("seasons/add/", EditSeason.as_view(), name="add_season"),
            path("seasons/<int:number>/", EditSeason.as_view(), name="season"),
            path("close/", CloseFromNow.as_view(), name="close"),
            path("reopen/", Reopen.as_view(), name="reopen"),
            path("holidays/<iso_date:day>/", AnswerHoliday.as_view(), name="holiday"),
        ]
