"""Where staff close the clinic from now, open it again, and answer for public holidays."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from clinic_info.opening_hours import changes
from clinic_info.opening_hours.admin_base import HoursView
from clinic_info.opening_hours.forms import (
    HoursMixin,
    check_year,
    date_field,
    hours_field,
    night_field,
)
from clinic_info.opening_hours.models import LONGEST_REASON, OpeningHours
from clinic_info.opening_hours.periods import Periods
from clinic_info.opening_hours.schedule import Rule, Schedule
from clinic_info.opening_hours.showing import ClinicHours
from clinic_info.opening_hours.wording import Speaker, date_text


class CloseForm(forms.Form):
    """Closed from now: why, and until when."""

    UNTIL = [
        ("today", _("For the rest of today")),
        ("moment", _("Until a date and time")),
        ("notice", _("Until further notice")),
    ]
    until = forms.ChoiceField(
        label=_("How long"), choices=UNTIL, initial="today", widget=forms.RadioSelect
    )
    reopen_on = date_field(_("Opens again on"), required=False)
    reopen_at = forms.TimeField(
        label=_("at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Empty: from the beginning of that day, by its usual hours."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=_("Shown to everyone. For example: a burst pipe."),
    )

    # The mark of the closure that the page showed.
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(
        self, *args: Any, schedule: Schedule, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.schedule, self.now = schedule, now

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if "until" in data and data["until"] != "moment":
            # In an emergency nothing may hinder that does not matter.
            for name in ("reopen_on", "reopen_at"):
                self.errors.pop(name, None)
        if data.get("until") != "moment" or self.errors:
            return data
        day, time = data.get("reopen_on"), data.get("reopen_at")
        if day is None:
            self.add_error("reopen_on", gettext("Say on which day the clinic opens."))
            return data
        try:
            check_year(day)
        except ValidationError as error:
            self.add_error("reopen_on", error)
            return data
        minute = time.hour * 60 + time.minute if time else 0
        ends = self.schedule.moment(day, minute)
        if ends <= self.now:
            self.add_error("reopen_on", gettext("This moment has passed already."))
        data["ends"] = ends
        return data


class HolidayForm(HoursMixin, forms.Form):
    """What a public holiday is for the clinic."""

    ANSWERS = [
        ("same", _("Open as usual")),
        ("closed", _("Closed")),
        ("other", _("Other hours")),
    ]
    answer = forms.ChoiceField(
        label=_("On this day"), choices=ANSWERS, widget=forms.RadioSelect
    )
    hours = hours_field(_("Hours"), _("For other hours. For example: 9:00-12:00."))
    night = night_field()

    def clean(self) -> dict[str, Any]:
        super().clean()
        answer = self.cleaned_data.get("answer")
        periods: Periods | None = () if answer == "closed" else None
        if answer == "other":
            periods = self.periods("hours", "night")
            if periods == ():
                self.add_error("hours", gettext("Write the hours of this day."))
        self.cleaned_data["periods"] = periods
        return self.cleaned_data


class CloseFromNow(HoursView):
    """Closed from now: the second of two clicks."""

    page_title = _("Close from now")
    template_name = "clinic_info/admin/close.html"

    def form(self, *args: Any, **kwargs: Any) -> CloseForm:
        return CloseForm(*args, schedule=self.schedule, now=self.now, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        running = ""
        if self.closure and self.closure.covers(self.now):
            running = self.speaker.closure_text(self.closure)
        return super().get_context_data(**kwargs) | {"running": running}

    @property
    def speaker(self) -> Speaker:
        return Speaker(self.schedule, self.hours.clock)

    def get(self, request: HttpRequest) -> HttpResponse:
        initial = {
            "seen": changes.closure_fingerprint(self.hours),
            "reason": self.closure.reason if self.closure else "",
        }
        return self.page(form=self.form(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.refused(form=form)
        data = form.cleaned_data
        ends = data.get("ends")
        if data["until"] == "today":
            ends = changes.end_of_day(self.schedule, self.now)
        try:
            hours = changes.close(
                user=request.user,
                begins=self.now.replace(microsecond=0),
                ends=ends,
                reason=data["reason"],
                seen=self.seen(form),
            )
        except changes.ChangedMeanwhileError:
            if self._is_done(ends, data["reason"]):
                return self._closed(self.hours)
            form.data = form.data.copy()
            form.data["seen"] = changes.closure_fingerprint(self.hours)
            return self.overtaken(form=form)
        return self._closed(hours)

    def _is_done(self, ends: datetime | None, reason: str) -> bool:
        """Tell whether it is closed just so already: by the first of two clicks."""
        closure = self.closure
        return bool(
            closure
            and closure.covers(self.now)
            and (closure.ends, closure.reason) == (ends, reason)
        )

    def _closed(self, hours: OpeningHours) -> HttpResponse:
        speaker = ClinicHours(hours).speaker(self.now)
        said = speaker.closure_text(hours.closure) if hours.closure else ""
        text = gettext("The clinic is closed from now. Visitors read: %(text)s")
        return self.done(text % {"text": said})


class Reopen(HoursView):
    """Take the unplanned closure back."""

    page_title = _("Open again")
    template_name = "clinic_info/admin/reopen.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(closure=self.closure)

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
