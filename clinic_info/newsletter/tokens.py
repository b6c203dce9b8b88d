"""The secrets in links: one that confirms, once, and one that unsubscribes, for ever."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from clinic_info.newsletter.models import ConfirmToken, Subscriber
from clinic_site.addresses import absolute_url

SIGNATURE_BYTES = 16


def make_confirm_token(subscriber: Subscriber, now: datetime) -> str:
    """Return a new token for a subscriber, beside those made before; its hash is stored."""
    token = secrets.token_urlsafe(24)
    ConfirmToken.objects.create(
        digest=_digest(token),
        subscriber=subscriber,
        expires_at=now + timedelta(hours=settings.NEWSLETTER_CONFIRM_HOURS),
    )
    return token


def find_confirm_token(token: str) -> ConfirmToken | None:
    """Return what is stored of a token, used and expired ones too."""
    return (
        ConfirmToken.objects.select_related("subscriber")
        .filter(digest=_digest(token))
        .first()
    )


def unsubscribe_token(public_id: UUID) -> str:
    """Return a subscriber's token: always the same, known without the database."""
    return (
        urlsafe_b64encode(public_id.bytes + _signature(public_id)).rstrip(b"=").decode()
    )


def subscriber_id(token: str) -> UUID | None:
    """Return the public id that an unsubscribe token names; None if it is not ours."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        public_id = UUID(bytes=raw[:16])
    except ValueError:
        return None
    is_ours = hmac.compare_digest(raw[16:], _signature(public_id))
    return public_id if is_ours else None


def unsubscribe_url(public_id: UUID) -> str:
    return absolute_url(
        reverse("newsletter_unsubscribe", args=[unsubscribe_token(public_id)])
    )


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _signature(public_id: UUID) -> bytes:
    text = b"newsletter unsubscribe:" + public_id.bytes
    key = settings.PRIVACY_KEY.encode()
    return hmac.digest(key, text, "sha256")[:SIGNATURE_BYTES]
