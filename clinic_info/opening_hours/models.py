"""The clinic's hours as staff have entered them: one row, so that a page needs one query."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic_info.opening_hours import stored
from clinic_info.opening_hours.holidays import holidays_around
from clinic_info.opening_hours.periods import Week
from clinic_info.opening_hours.schedule import (
    Schedule,
    Season,
    SpecialDays,
    UnplannedClosure,
)

ONLY_ROW = 1
LONGEST_REASON = 80


def clinic_zone() -> ZoneInfo:
    """Return the zone in which the clinic's clocks run."""
    return ZoneInfo(settings.TIME_ZONE)


class OpeningHours(models.Model):
    """The week, seasons, special days and the closure of the moment."""

    class Clock(models.TextChoices):
        HOURS_24 = "24", _("9:00-18:00")
        HOURS_12 = "12", _("9:00 am-6:00 pm")

    week_stored = models.JSONField(_("week"), null=True, default=None)
    seasons_stored = models.JSONField(_("seasons"), default=list)
    special_days_stored = models.JSONField(_("special days"), default=list)
    closed_from = models.DateTimeField(_("closed from"), null=True, default=None)
    # Empty: until further notice.
    closed_until = models.DateTimeField(_("closed until"), null=True, default=None)
    closed_reason = models.CharField(
        _("reason"), max_length=LONGEST_REASON, blank=True, default=""
    )
    clock = models.CharField(
        _("how times are written"),
        max_length=2,
        choices=Clock,
        default=Clock.HOURS_24,
        help_text=_("On the site and in mails. For example: 9:00-18:00."),
    )

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        # They are there or not yet entered, but never made or deleted by anybody.
        default_permissions = ("change",)
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=ONLY_ROW), name="clinic_info_openinghours_one_row"
            ),
            models.CheckConstraint(
                condition=Q(closed_until=None) | Q(closed_until__gt=F("closed_from")),
                name="clinic_info_openinghours_closed_in_order",
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name).capitalize()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the hours. Raises ValidationError for what could not be read again."""
        for part in ("week", "seasons", "special_days"):
            try:
                getattr(self, part)
            except ValueError as error:
                raise ValidationError({f"{part}_stored": str(error)}) from error
        super().save(*args, **kwargs)

    @classmethod
    def load(cls) -> "OpeningHours":
        """Return the clinic's hours; before anybody has entered them an empty row."""
        return cls.objects.filter(pk=ONLY_ROW).first() or cls(pk=ONLY_ROW)

    def drop_unreadable(self) -> bool:
        """Empty what cannot be read, so that it can be entered anew; tell if anything was."""
        is_dropped = False
        for part, empty in (("week", None), ("seasons", []), ("special_days", [])):
            try:
                getattr(self, part)
            except (TypeError, ValueError):
                setattr(self, f"{part}_stored", empty)
                is_dropped = True
        return is_dropped

    @property
    def week(self) -> Week | None:
        return None if self.week_stored is None else stored.read_week(self.week_stored)

    @week.setter
    def week(self, week: Week) -> None:
        self.week_stored = stored.write_week(week)

    @property
    def seasons(self) -> tuple[Season, ...]:
        return tuple(stored.read_season(value) for value in self.seasons_stored)

    @seasons.setter
    def seasons(self, seasons: tuple[Season, ...]) -> None:
        ordered = sorted(seasons, key=lambda season: season.dates.first)
        self.seasons_stored = [stored.write_season(season) for season in ordered]

    @property
    def special_days(self) -> tuple[SpecialDays, ...]:
        return tuple(
            stored.read_special_days(value) for value in self.special_days_stored
        )

    @special_days.setter
    def special_days(self, entries: tuple[SpecialDays, ...]) -> None:
        ordered = sorted(entries, key=lambda entry: (entry.dates.first, entry.periods))
        self.special_days_stored = [
            stored.write_special_days(entry) for entry in ordered
        ]

    @property
    def closure(self) -> UnplannedClosure | None:
        if self.closed_from is None:
            return None
        return UnplannedClosure(self.closed_from, self.closed_until, self.closed_reason)

    def schedule(self, today: date) -> Schedule:
        """Return what the engine needs; holidays in doubt are those around a day.

        Raises ValueError if what is stored cannot be read.
        """
        return Schedule(
            zone=clinic_zone(),
            week=self.week,
            seasons=self.seasons,
            special_days=self.special_days,
            closure=self.closure,
            unconfirmed=holidays_around(today),
        )
