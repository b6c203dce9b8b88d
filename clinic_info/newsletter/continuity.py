"""Whether the database is the one that this machine went on with last, or an older copy.

Each look at the newsletter counts on in the database and, after it, in a small file outside
of it. A backup that was restored is behind the file: everything that would send by itself is
held then, until a person has looked. The file stands where backups do not reach.

A machine without the file, such as a new container, does not know. Where nobody has looked for
long, it holds what would be sent at once; what is scheduled for later stays so.
"""

import hmac
import logging
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from clinic_info.newsletter.issue_states import hold_all, hold_due

logger = logging.getLogger(__name__)

ONLY_ROW = 1
# A machine that does not know the database goes on with it if others did so lately.
LATELY = timedelta(minutes=5)


class SendingMark(models.Model):
    """One row: how often workers have looked at the newsletter, and when they did last."""

    looks = models.BigIntegerField(_("looks"), default=0)
    looked_at = models.DateTimeField(_("looked at"), null=True)

    class Meta:
        verbose_name = _("mark of sending")
        verbose_name_plural = _("marks of sending")

    def __str__(self) -> str:
        return str(self.looks)


def hold_if_restored(now: datetime) -> bool:
    """Count one look on; hold issues, and say so, if the database has gone back, or may have."""
    SendingMark.objects.get_or_create(pk=ONLY_ROW)
    with transaction.atomic():
        mark = SendingMark.objects.select_for_update().get(pk=ONLY_ROW)
        # Read after the row was locked: no other worker of this machine is between the two.
        remembered = _remembered()
        if remembered is None:
            is_silent = bool(mark.looked_at and now - mark.looked_at > LATELY)
            held = hold_due(now) if is_silent else 0
            is_restored = bool(held)
        else:
            is_restored = remembered > mark.looks
            held = hold_all(now) if is_restored else 0
        if held:
            logger.error("The database has gone back: no newsletter is sent by itself")
        mark.looks = max(mark.looks, remembered or 0) + 1
        mark.looked_at = now
        mark.save()
    # Only what is stored for certain: a crash in between leaves the file behind, not ahead.
    _remember(mark.looks)
    return is_restored


def memory() -> Path:
    """Return the file in which this machine keeps how far it has come with this database."""
    database = ":".join(
        str(connection.settings_dict[part]) for part in ("HOST", "PORT", "NAME")
    )
    key = settings.PRIVACY_KEY.encode()
    name = hmac.digest(key, f"sending:{database}".encode(), "sha256").hex()[:32]
    return Path(settings.MACHINE_MEMORY) / f"clinic-site-{name}"


def _remembered() -> int | None:
    try:
        return int(memory().read_text())
    except (OSError, ValueError):
        return None


def _remember(looks: int) -> None:
    file = memory()
    # Where nothing can be written, the time since the last look decides.
    with suppress(OSError):
        new = file.with_suffix(f".{looks}")
        new.touch(mode=0o600, exist_ok=True)
        with new.open("w") as stream:
            stream.write(str(looks))
            stream.flush()
            # Else a machine that loses its power may find an empty file.
            os.fsync(stream.fileno())
        new.replace(file)
