"""Hashes that tell people apart today and nobody tomorrow: their key is forgotten with the day."""

import hmac
import secrets
from datetime import date
from hashlib import blake2b
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

KEY_BYTES = 32
HASH_BYTES = 16


class DailyKey(models.Model):
    """A random key for each day; whoever keeps hashes deletes it with them."""

    day = models.DateField(_("day"), primary_key=True)
    key = models.BinaryField(_("key"), max_length=KEY_BYTES)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"key of {self.day}"

    @classmethod
    def found(cls: type[Self], day: date) -> bytes | None:
        """Return the key of a day, None if there is none yet."""
        key = cls._default_manager.filter(day=day).values_list("key", flat=True).first()
        return None if key is None else bytes(key)

    @classmethod
    def made(cls: type[Self], day: date) -> bytes:
        """Make the key of a day; return it, or the one that somebody else made first."""
        cls._default_manager.bulk_create(
            [cls(day=day, key=secrets.token_bytes(KEY_BYTES))], ignore_conflicts=True
        )
        keys = cls._default_manager.values_list("key", flat=True)
        return bytes(keys.get(day=day))


def keyed_hash(day_key: bytes, *parts: str) -> bytes:
    """Return a hash of parts that hold no NUL, so that no two sets of parts have the same.

    Its key is made of the day's random key and of PRIVACY_KEY, which is not in the database.
    """
    key = hmac.digest(settings.PRIVACY_KEY.encode(), day_key, "sha256")
    text = "\0".join(parts)
    return blake2b(text.encode(), key=key, digest_size=HASH_BYTES).digest()
