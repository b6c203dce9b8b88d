"""How often articles were viewed, by day and lately."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from articles.figures import ArticleFigures
from articles.view_counts.models import DailyViews, DaySum, UncountedViews

# "Lately": today and the days before it.
RECENT_DAYS = 30


@dataclass(frozen=True)
class DayViews:
    """The views of one day."""

    day: date
    views: int


def recent_days(today: date) -> list[date]:
    """Return the days that count as lately, the oldest first."""
    return [today - timedelta(days=ago) for ago in reversed(range(RECENT_DAYS))]


def of_article(article_pk: int, today: date) -> list[DayViews]:
    """Return the views of an article on each of the last 30 days."""
    days = recent_days(today)
    rows = DailyViews.objects.filter(article=article_pk, day__range=(days[0], today))
    return _filled(days, rows.values_list("day", "views"))


def of_all(today: date) -> list[DayViews]:
    """Return the views of all articles together on each of the last 30 days."""
    days = recent_days(today)
    summed = dict(
        DaySum.objects.filter(day__range=(days[0], today)).values_list("day", "views")
    )
    # Today, and days that no worker has summed yet.
    missing = [day for day in days if day not in summed]
    return _filled(days, [*summed.items(), *_sums(missing)])


def uncounted(today: date) -> list[tuple[str, int]]:
    """Return why requests of the last 30 days were left out, and how many of each."""
    since = recent_days(today)[0]
    rows = (
        UncountedViews.objects.filter(day__gte=since)
        .values_list("reason")
        .annotate(total=Sum("requests"))
        .order_by("-total")
    )
    return [(UncountedViews.Reason(reason).label, total) for reason, total in rows]


def between(first: date, last: date) -> Coalesce:
    """Return an expression: the views of an article, or its page, on these days."""
    days = DailyViews.objects.filter(article=OuterRef("pk"), day__range=(first, last))
    # Grouped by what is the same in all rows: one row, the sum.
    summed = days.order_by().values("article").annotate(total=Sum("views"))
    return Coalesce(Subquery(summed.values("total")), 0)


def roll_up(today: date) -> None:
    """Sum up the days that are over, and what has been viewed lately."""
    known = DaySum.objects.filter(day__lt=today - timedelta(days=1))
    # Yesterday once more: a view may be stored moments after midnight.
    days = (
        DailyViews.objects.filter(day__lt=today)
        .exclude(day__in=known.values("day"))
        .values_list("day", flat=True)
        .distinct()
    )
    DaySum.objects.bulk_create(
        [DaySum(day=day, views=views) for day, views in _sums(days)],
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["views"],
    )
    lately = between(recent_days(today)[0], today)
    ArticleFigures.objects.exclude(recent_views=lately).update(recent_views=lately)


def _sums(days: Iterable[date]) -> list[tuple[date, int]]:
    rows = DailyViews.objects.filter(day__in=list(days)).order_by().values_list("day")
    return list(rows.annotate(total=Sum("views")))


def _filled(days: Iterable[date], found: Iterable[tuple[date, int]]) -> list[DayViews]:
    views = dict(found)
    return [DayViews(day, views.get(day, 0)) for day in days]
