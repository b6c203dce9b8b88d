"""Counting: one statement decides whether a visit is new, the next ones add."""

from datetime import date
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from articles.figures import ArticleFigures
from articles.view_counts.models import DailyViews, DayVisit, UncountedViews
from clinic_site.database.counters import add_one

ONE_MORE = "counted_views = counted_views + 1, recent_views = recent_views + 1"
NUMBER = "starting_views + counted_views"


def count_view(article_pk: int, visitor: bytes, today: date) -> int | None:
    """Count a view unless this visitor was counted today.

    Returns the article's number of views, None if there is no such article. Exact however
    many count at once: whoever inserts the visit adds, in the same transaction.
    """
    if connection.vendor == "postgresql":
        return _count_at_once(article_pk, visitor, today)
    with transaction.atomic():
        if not _insert_visit(visitor, today):
            return views_of(article_pk)
        add_one(DailyViews, "views", article_id=article_pk, day=_stored(today))
        return _add_to_figures(article_pk)


def views_of(article_pk: int) -> int | None:
    """Return the article's number of views, None if there is no such article."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {NUMBER} FROM {_table(ArticleFigures)} WHERE article_id = %s",  # noqa: S608
            [article_pk],
        )
        return _number(cursor.fetchone())


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
            f"UPDATE {_table(ArticleFigures)} SET {ONE_MORE} "  # noqa: S608
            f"WHERE article_id = %s RETURNING {NUMBER}",
            [article_pk],
        )
        return _number(cursor.fetchone())


def _count_at_once(article_pk: int, visitor: bytes, today: date) -> int | None:
    """Do the same in one statement, which SQLite lacks: a server is five times as far."""
    with connection.cursor() as cursor:
        connection.execute_prepared(  # type: ignore[attr-defined]
            cursor,
            "count_view",
            _counting(),
            ["bytea", "date", "bigint", "bigint", "bigint"],
            [visitor, _stored(today), article_pk, article_pk, article_pk],
        )
        return _number(cursor.fetchone())


@cache
def _counting() -> str:
    figures = _table(ArticleFigures)
    return (
        f"WITH visit AS (INSERT INTO {_table(DayVisit)} (visitor, day) "  # noqa: S608
        "VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING day), "
        f"day_sum AS (INSERT INTO {_table(DailyViews)} (article_id, day, views) "
        "SELECT %s, day, 1 FROM visit ON CONFLICT (article_id, day) "
        f"DO UPDATE SET views = {_table(DailyViews)}.views + 1), "
        f"added AS (UPDATE {figures} SET {ONE_MORE} "
        f"FROM visit WHERE article_id = %s RETURNING {NUMBER}) "
        f"SELECT * FROM added UNION ALL SELECT {NUMBER} FROM {figures} "
        "WHERE article_id = %s AND NOT EXISTS (SELECT 1 FROM visit)"
    )


def _number(row: tuple[int] | None) -> int | None:
    return int(row[0]) if row else None
