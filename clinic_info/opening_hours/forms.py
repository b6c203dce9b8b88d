"""What staff fill in: the week, seasons, special days, "closed from now", a holiday."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic_info.opening_hours.entry import HoursEntryError, hours_entry, read_hours
from clinic_info.opening_hours.models import LONGEST_REASON, OpeningHours
from clinic_info.opening_hours.periods import Periods, Week
from clinic_info.opening_hours.schedule import (
    ONE_DAY,
    Dates,
    Schedule,
    Season,
    SpecialDays,
)
from clinic_info.opening_hours.wording import weekday_text

LONGEST_ENTRY = 120
# Nobody plans further ahead; a year of 20206 is a slip.
LATEST_YEAR = 2099
MOST_DAYS = 366


class DateInput(forms.DateInput):
    """A date as browsers let people pick it."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def hours_field(label: str = "", help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_ENTRY,
        help_text=help_text,
        widget=forms.TextInput(
            attrs={"placeholder": _("Closed"), "autocomplete": "off"}
        ),
    )


def night_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("Past midnight"), required=False)


def date_field(label: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DateInput())


def check_year(day: date) -> None:
    """Raise ValidationError for a date that can only be a slip."""
    if not 2000 <= day.year <= LATEST_YEAR:
        raise ValidationError(
            gettext("Check the year: %(year)s."), params={"year": day.year}
        )


class HoursMixin:
    """For forms in which a text and a tick together mean the hours of a day."""

    cleaned_data: dict[str, Any]

    def periods(self, hours: str, night: str) -> Periods | None:
        """Return the hours that two fields mean; None after noting what is wrong."""
        text = self.cleaned_data.get(hours)
        if text is None:
            return None
        try:
            return read_hours(text, past_midnight=self.cleaned_data.get(night, False))
        except HoursEntryError as error:
            self.add_error(hours, str(error))  # type: ignore[attr-defined]
            return None


class WeekForm(HoursMixin, forms.Form):
    """A row for each day of the week, Monday first."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, week: Week | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(7):
            entry, is_night = hours_entry(week[number]) if week else ("", False)
            self.fields[f"day_{number}"] = hours_field(weekday_text(number))
            self.fields[f"night_{number}"] = night_field()
            self.initial |= {f"day_{number}": entry, f"night_{number}": is_night}

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"day_{n}"], self[f"night_{n}"]) for n in range(7)]

    def clean(self) -> dict[str, Any]:
        super().clean()
        days = [self.periods(f"day_{n}", f"night_{n}") for n in range(7)]
        for number, day in enumerate(days):
            before = days[number - 1]
            if day and before:
                late = max(period.closes for period in before) - 24 * 60
                if late > min(period.opens for period in day):
                    self.add_error(
                        f"day_{number}",
                        gettext("The night of %(day)s reaches into these hours.")
                        % {"day": weekday_text((number - 1) % 7)},
                    )
        self.cleaned_data["week"] = tuple(day or () for day in days)
        return self.cleaned_data


class ClinicWeekForm(WeekForm):
    """The usual week, and how times are written."""

    # What the page showed: somebody else's change meanwhile is found by it.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    clock = forms.ChoiceField(
        label=_("Times are written as"), choices=OpeningHours.Clock.choices
    )


class SeasonForm(WeekForm):
    """A week that holds between two dates."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("What patients call it. For example: Summer hours."),
    )
    first = date_field(_("From"))
    last = date_field(_("To"))
    field_order = ["name", "first", "last"]

    def __init__(
        self,
        *args: Any,
        season: Season | None = None,
        others: tuple[Season, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, week=season.week if season else None, **kwargs)
        self.others = others
        if season:
            dates = {"first": season.dates.first, "last": season.dates.last}
            self.initial |= {"name": season.name, **dates}

    def clean(self) -> dict[str, Any]:
        super().clean()
        dates = clean_dates(self)
        if dates:
            for other in self.others:
                # A second click on "Save" finds the season there already.
                is_same = not self.errors and other == Season(
                    self.cleaned_data["name"], dates, self.cleaned_data["week"]
                )
                if overlapping(dates, other.dates) and not is_same:
                    self.add_error(
                        "first",
                        gettext("“%(name)s” has some of these dates already.")
                        % {"name": other.name},
                    )
            self.cleaned_data["dates"] = dates
        return self.cleaned_data

    def season(self) -> Season:
        """Return what was entered, once it is valid."""
        data = self.cleaned_data
        return Season(data["name"], data["dates"], data["week"])


def clean_dates(form: forms.Form) -> Dates | None:
    """Return the dates of a form from `first` to `last`, None after noting what is wrong."""
    first, last = form.cleaned_data.get("first"), form.cleaned_data.get("last")
    if first is None or "last" in form.errors:
        return None
    for name, day in (("first", first), ("last", last)):
        try:
            check_year(day or first)
        except ValidationError as error:
            form.add_error(name, error)
            return None
    last = last or first
    if last < first:
        form.add_error("last", gettext("This is before the first day."))
        return None
    dates = Dates(first, last)
    if dates.days > MOST_DAYS:
        form.add_error("last", gettext("This is more than a year. Check the dates."))
        return None
    return dates


def overlapping(one: Dates, other: Dates) -> bool:
    return one.first <= other.last and other.first <= one.last


class SpecialDaysForm(HoursMixin, forms.Form):
    """A row: a date or several, other hours or none, and why."""

    first = date_field(_("Date"))
    last = date_field(_("Until (for several days)"), required=False)
    hours = hours_field(_("Hours"))
    night = night_field()
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=LONGEST_REASON
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        dates, periods = clean_dates(self), self.periods("hours", "night")
        if dates and periods is not None:
            self.cleaned_data["entry"] = SpecialDays(
                dates, periods, self.cleaned_data.get("reason", "")
            )
        return self.cleaned_data


class BaseSpecialDaysFormSet(forms.BaseFormSet):
    """All special days that are not over."""

    def clean(self) -> None:
        """Refuse a second entry of the same kind for a date, beside its row."""
        taken: list[SpecialDays] = []
        for form in self.forms:
            entry = getattr(form, "cleaned_data", {}).get("entry")
            if entry is None or self._should_delete_form(form):
                continue
            for other in taken:
                same_kind = bool(entry.periods) == bool(other.periods)
                if same_kind and overlapping(entry.dates, other.dates):
                    both = max(entry.dates.first, other.dates.first)
                    form.add_error(
                        "first",
                        gettext("Another row has hours for %(date)s already.")
                        % {"date": formats.date_format(both, "j F Y")},
                    )
                    break
            taken.append(entry)

    def entries(self) -> tuple[SpecialDays, ...]:
        """Return what was entered, once it is valid."""
        return tuple(
            form.cleaned_data["entry"]
            for form in self.forms
            if not self._should_delete_form(form) and "entry" in form.cleaned_data
        )


SpecialDaysFormSet = forms.formset_factory(
    SpecialDaysForm,
    formset=BaseSpecialDaysFormSet,
    extra=3,
    can_delete=True,
    max_num=200,
    absolute_max=400,
    validate_max=True,
)


def special_days_initial(entries: tuple[SpecialDays, ...]) -> list[dict[str, Any]]:
    rows = []
    for entry in entries:
        text, is_night = hours_entry(entry.periods)
        rows.append(
            {
                "first": entry.dates.first,
                "last": None if entry.dates.days == 1 else entry.dates.last,
                "hours": text,
                "night": is_night,
                "reason": entry.reason,
            }
        )
    return rows


def note_contradictions(formset: Any, schedule: Schedule) -> bool:
    """Note beside their rows what contradicts the days around; tell whether all is well."""
    is_well = True
    for form in formset.forms:
        entry = form.cleaned_data.get("entry")
        if entry is None or formset._should_delete_form(form) or not entry.periods:
            continue
        days = Dates(entry.dates.first, entry.dates.last + ONE_DAY)
        wrong = schedule.contradictions(days.first, days.last)
        if wrong:
            is_well = False
            form.add_error(
                "hours",
                gettext("These hours overlap with others on %(date)s.")
                % {"date": formats.date_format(wrong[0].date, "j F Y")},
            )
    return is_well


def note_edges(form: WeekForm, schedule: Schedule) -> bool:
    """Note where nights reach from a season into the week or the other way round."""
    wrong = []
    for season in schedule.seasons:
        first, after = season.dates.first, season.dates.last + ONE_DAY
        wrong += [(day, -1) for day in schedule.contradictions(first, first)]
        wrong += [(day, 0) for day in schedule.contradictions(after, after)]
    for day, step in wrong:
        _note_night(form, f"day_{(day.date.weekday() + step) % 7}", day.date)
    return not wrong


def note_season_edges(form: SeasonForm, schedule: Schedule) -> bool:
    """Note where a season contradicts what comes before, within and after its dates."""
    dates = form.cleaned_data["dates"]
    wrong = schedule.contradictions(dates.first - ONE_DAY, dates.last + ONE_DAY)
    for day in wrong[:1]:
        name = "last" if day.date > dates.last else "first"
        _note_night(form, name, day.date)
    return not wrong


def _note_night(form: forms.Form, name: str, day: date) -> None:
    form.add_error(
        name,
        gettext("These hours overlap with others on %(date)s.")
        % {"date": formats.date_format(day, "j F Y")},
    )


def past(entries: tuple[SpecialDays, ...], today: date) -> tuple[SpecialDays, ...]:
    """Return the special days of the last year that are over: they stay as they are."""
    oldest = today - timedelta(days=366)
    return tuple(entry for entry in entries if oldest <= entry.dates.last < today)
