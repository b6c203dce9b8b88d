"""Counters: rows that one statement adds to, exact however many add at once."""

from typing import Any

from django.db import connection, models


def add_one(model: type[models.Model], column: str, **key: Any) -> None:
    """Add one to the row with this unique key, making it if it is not there.

    `key` names columns and gives their values as the database takes them.
    """
    # Django's ORM cannot add where rows collide. SQLite and PostgreSQL agree on the SQL.
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(key)
    places = ", ".join(["%s"] * len(key))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}, {column}) "  # noqa: S608
            f"VALUES ({places}, 1) ON CONFLICT ({names}) "
            f"DO UPDATE SET {column} = {table}.{column} + 1",
            list(key.values()),
        )
