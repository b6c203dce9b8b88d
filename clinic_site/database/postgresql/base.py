from contextlib import nullcontext

from django.db.backends.postgresql import base

from clinic_site.database.last_statements import LastStatementsMixin


class DatabaseWrapper(LastStatementsMixin, base.DatabaseWrapper):
    """Django's connection, with statements that come last in a transaction."""

    def not_waiting_for_the_disk(self) -> nullcontext[None]:
        """Do nothing: those who commit here together wait for the disk together."""
        return nullcontext()
