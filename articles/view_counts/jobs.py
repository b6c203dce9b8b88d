"""What of view counts comes round: summing up, and deleting what has had its time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from articles.view_counts import history
from articles.view_counts.models import DailyViews, DayKey, UncountedViews
from articles.view_counts.visitors import forget_before
from clinic_site.clinic_day import clinic_day


def forget_visitors(now: datetime) -> None:
    """Forget yesterday's readers, also on a day on which nobody comes."""
    forget_before(clinic_day(now))
    connection.erase_deleted(DayKey)  # type: ignore[attr-defined]


def forget_old_days(now: datetime) -> None:
    """Delete daily totals that are older than is kept. The sums stay."""
    days = timedelta(days=settings.KEEP_DAILY_VIEWS_DAYS)
    oldest = clinic_day(now) - days
    DailyViews.objects.filter(day__lt=oldest).delete()
    UncountedViews.objects.filter(day__lt=oldest).delete()


def roll_up(now: datetime) -> None:
    """Keep ready what the report and lists of the most read articles ask for."""
    history.roll_up(clinic_day(now))
