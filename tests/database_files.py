"""What stands in the files of a table, whether it was deleted or not."""

from pathlib import Path

from django.db import connection, models


def content(model: type[models.Model]) -> bytes:
    """Return the bytes of a table's file, on SQLite of the database's and its log's."""
    if connection.vendor == "sqlite":
        path = connection.settings_dict["NAME"]
        files = [Path(f"{path}{suffix}") for suffix in ("", "-wal")]
        return b"".join(file.read_bytes() for file in files if file.exists())
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_read_binary_file(pg_relation_filepath(%s))",
            [model._meta.db_table],
        )
        return bytes(cursor.fetchone()[0])
