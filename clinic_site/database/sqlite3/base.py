from django.db.backends.sqlite3 import base

from clinic_site.database.last_statements import LastStatementsMixin


class DatabaseWrapper(LastStatementsMixin, base.DatabaseWrapper):
    """Django's connection, with statements that come last in a transaction."""
