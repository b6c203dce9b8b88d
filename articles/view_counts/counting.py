"""Counting: one statement decides whether a visit is new, the next ones add."""

from datetime import date
from typing import Any

from django.db import connection, models, transaction

from articles.figures import ArticleFigures
from articles.view_counts.models import DailyViews, DayVisit, UncountedViews
from clinic_site.database.counters import add_one


def count_view(article_pk: int, visitor: bytes, today: date) -> int | None:
    """Count a view unless this visitor was counted today.

    Returns the article's new number of views, None if nothing was counted. Exact however
    many count at once: whoever inserts the visit adds, in the same transaction.
    """
    with transaction.atomic():
        if not _insert_visit(visitor, today):
            return None
        add_one(DailyViews, "views", article_id=article_pk, day=_stored(today))
        return _add_to_figures(article_pk)


def tally_refusal(reason: UncountedViews.Reason, today: date) -> None:
    """Note that a request was left out."""
    add_one(UncountedViews, "requests", day=_stored(today), reason=reason.value)


def _stored(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


# Django's ORM says neither whether an insert was ignored nor what an update came to.
# SQLite and PostgreSQL agree on the SQL for both.


def _insert_visit(visitor: bytes, today: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_table(DayVisit)} (visitor, day) VALUES (%s, %s) "  # noqa: S608
            "ON CONFLICT DO NOTHING",
            [visitor, _stored(today)],
        )
        return bool(cursor.rowcount)


def _add_to_figures(article_pk: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_table(ArticleFigures)} "  # noqa: S608
            "SET counted_views = counted_views + 1, recent_views = recent_views + 1 "
            "WHERE article_id = %s "
            "RETURNING starting_views + counted_views",
            [article_pk],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None
