"""Where staff edit the hours: one page for week and special days, one for each season."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, register_converter
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from clinic_info.opening_hours import changes
from clinic_info.opening_hours.admin_base import HoursView
from clinic_info.opening_hours.closing import AnswerHoliday, CloseFromNow, Reopen
from clinic_info.opening_hours.forms import (
    ClinicWeekForm,
    SeasonForm,
    SpecialDaysFormSet,
    note_contradictions,
    note_edges,
    note_season_edges,
    past,
    special_days_initial,
)
from clinic_info.opening_hours.merging import Entered, Merger
from clinic_info.opening_hours.models import OpeningHours
from clinic_info.opening_hours.schedule import Season
from clinic_info.opening_hours.showing import ClinicHours

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


class EditHours(HoursView):
    """The week and all special days on one page."""

    page_title = _("Opening hours")
    template_name = "clinic_info/admin/hours.html"
    is_index = True

    def get(self, request: HttpRequest) -> HttpResponse:
        shown = Entered.of(self.hours, self.today)
        return self.page(**self._forms(shown, shown))

    def _forms(self, shown: Entered, seen: Entered) -> dict[str, Any]:
        """Return the forms that show hours, and know which ones were stored."""
        hours = OpeningHours(week_stored=shown.week)
        hours.special_days_stored = shown.special_days
        return {
            "form": ClinicWeekForm(
                week=hours.week, initial={"seen": seen.write(), "clock": shown.clock}
            ),
            "special": SpecialDaysFormSet(
                initial=special_days_initial(hours.special_days), prefix="special"
            ),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ClinicWeekForm(request.POST)
        special = SpecialDaysFormSet(request.POST, prefix="special")
        # Both are asked, so that all that is wrong is said at once.
        if not all([form.is_valid(), special.is_valid()]):
            return self.refused(form=form, special=special)
        mine = self._entered(form, special)
        entered = OpeningHours(week_stored=mine.week, seasons_stored=[])
        entered.special_days_stored = mine.special_days
        entered.seasons = self.hours.seasons
        schedule = entered.schedule(self.today)
        if not all(
            [note_contradictions(special, schedule), note_edges(form, schedule)]
        ):
            return self.refused(form=form, special=special)
        try:
            seen = Entered.read(self.seen(form))
        except ValueError:
            # As if nothing had been seen: all that is stored is somebody else's.
            seen = Entered(None, [], self.hours.clock)
        merger = Merger(seen, mine, seen)

        def edit(hours: OpeningHours) -> None:
            merger.theirs = Entered.of(hours, self.today)
            merged = merger.merged()
            if merger.conflicts:
                raise changes.ChangedMeanwhileError
            kept = past(hours.special_days, self.today)
            hours.week_stored, hours.clock = merged.week, merged.clock
            hours.special_days_stored = merged.special_days
            hours.special_days = (*kept, *hours.special_days)

        try:
            changes.change(user=request.user, edit=edit)
        except changes.ChangedMeanwhileError:
            differs = merger.conflicts
            text = gettext("Stored now: %(hours)s") % {"hours": "; ".join(differs)}
            forms = self._forms(merger.merged(), merger.theirs)
            return self.overtaken(text, **forms)
        return self.done(gettext("The opening hours are saved. Visitors see them now."))

    def _entered(self, form: ClinicWeekForm, special: Any) -> Entered:
        hours = OpeningHours(clock=form.cleaned_data["clock"])
        # Who enters one special day has not said that the clinic never opens.
        if any(form.cleaned_data["week"]) or self.hours.week_stored is not None:
            hours.week = form.cleaned_data["week"]
        hours.special_days = special.entries()
        return Entered.of(hours, date.min)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "seasons": list(enumerate(self.hours.seasons)),
            "sentence": ClinicHours(self.hours).sentence(self.now),
            "closure": self.closure,
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

        others = self.others
        if not is_deleted:
            # A second click on "Save" finds it there already.
            others = tuple(one for one in others if one != form.season())
            entered = replace(self.schedule, seasons=(*others, form.season()))
            if not note_season_edges(form, entered):
                return self.refused(form=form)

        def edit(hours: OpeningHours) -> None:
            hours.seasons = others if is_deleted else (*others, form.season())

        try:
            changes.change(
                user=request.user, edit=edit, seen=request.POST.get("seen", "")
            )
        except changes.ChangedMeanwhileError:
            form.data = form.data.copy()
            current = OpeningHours.load()
            if self.number is None or current.seasons == self.hours.seasons:
                form.data["seen"] = changes.fingerprint(current)
                return self.overtaken(form=form)
            # The number may mean another season by now.
            text = gettext(
                "Somebody else has changed the hours since you opened this page. "
                "Please open the season again."
            )
            messages.error(request, text)
            return self.page(status=422, form=form)
        if is_deleted:
            return self.done(gettext("The season is deleted."))
        return self.done(gettext("The season is saved. Visitors see it in its time."))


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
