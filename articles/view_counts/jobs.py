"""What of view counts comes round: summing up, and deleting what has had its time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from articles.view_counts import history
from articles.view_counts.models import DailyViews, UncountedViews
from articles.view_counts.visitors import forget_before


def forget_visitors(now: datetime) -> None:
    """Forget yesterday's readers, also on a day on which nobody comes."""
    forget_before(timezone.localdate(now))


def forget_old_days(now: datetime) -> None:
    """Delete daily totals that are older than is kept. The sums stay."""
    days = timedelta(days=settings.KEEP_DAILY_VIEWS_DAYS)
    oldest = timezone.localdate(now) - days
    DailyViews.objects.filter(day__lt=oldest).delete()
    UncountedViews.objects.filter(day__lt=oldest).delete()


def roll_up(now: datetime) -> None:
    """Keep ready what the report and lists of the most read articles ask for."""
    history.roll_up(timezone.localdate(now))
