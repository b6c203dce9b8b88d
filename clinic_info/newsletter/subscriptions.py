"""What happens to a subscription: asked, confirmed, ended, taken back, erased.

Each function stores its own consent entry in the same transaction.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from clinic_info.newsletter.email_addresses import address_hash, mailbox
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import (
    ConfirmToken,
    Consent,
    Delivery,
    Subscriber,
    Suppression,
)
from clinic_info.newsletter.wordings import wording
from clinic_site.clinic_day import clinic_day
from clinic_site.mail.queue import forget_about, forget_finished, forget_mail, withdraw

Status = Subscriber.Status
Kind = Consent.Kind

# For so long an unsubscription can be taken back; then only a hash is left.
UNDO = timedelta(days=1)
KEEP_UNCONFIRMED = timedelta(days=30)
# So long the list shows whose address has ceased to exist.
KEEP_BOUNCED = timedelta(days=90)
# A mail's key tells who asked to whoever has the PRIVACY_KEY, and is of use for a day.
KEEP_CONFIRMATIONS = timedelta(days=2)
BATCH = 500


class SuppressedError(ValueError):
    """The person does not want mail; only he or she can change that, by the form."""


@dataclass(frozen=True)
class Asked:
    """When and where somebody asked for the newsletter, beside which version of the wording."""

    at: datetime
    page: str = ""
    wording: str = ""


def ask(email: str, asked: Asked) -> Subscriber:
    """Note that somebody asked for the newsletter with this normalised address."""
    with transaction.atomic():
        subscriber, is_new = Subscriber.objects.get_or_create(
            email=email, defaults={"created_at": asked.at}
        )
        if subscriber.status != Status.CONFIRMED:
            # Whoever asks again is kept as long as somebody new. Who left may not have
            # asked: nothing of that changes before it is confirmed.
            if not is_new:
                Subscriber.objects.filter(
                    pk=subscriber.pk, status=Status.WAITING
                ).update(created_at=asked.at)
            _note(
                subscriber,
                Kind.ASKED,
                asked.at,
                wording=wording(asked.wording),
                wording_version=asked.wording,
                page=asked.page,
            )
    return subscriber


def confirm(token: ConfirmToken, now: datetime) -> bool:
    """Make the owner of a token a subscriber; False if he or she left meanwhile.

    Doing it twice is doing it once.
    """
    with transaction.atomic():
        tokens = ConfirmToken.objects.select_for_update().select_related("subscriber")
        still = tokens.filter(pk=token.pk).first()
        if still is None:
            return False
        subscriber = still.subscriber
        # One link of several is enough; all of them have done their work.
        ConfirmToken.objects.filter(subscriber=subscriber, used_at=None).update(
            used_at=now
        )
        changed = (
            Subscriber.objects.filter(pk=subscriber.pk)
            .exclude(status=Status.CONFIRMED)
            .update(status=Status.CONFIRMED, confirmed_at=now, left_at=None)
        )
        Suppression.objects.filter(digest=_hash(subscriber)).delete()
        if changed:
            _note(subscriber, Kind.CONFIRMED, now)
        # The mailbox is its owner's, as was just proved: the day's mail is no limit to him.
        forget_mail(confirmation_key(subscriber.email, now))
    return True


def add(email: str, source: str, kind: Kind, now: datetime) -> Subscriber | None:
    """Add an address whose owner agreed elsewhere; None if it is there already.

    One that waits for its confirmation needs none any more, and one that ceased to exist may
    be there again if a person says so; a file may be old.
    Raises SuppressedError for somebody who does not want mail.
    """
    with transaction.atomic():
        if Suppression.objects.filter(digest=address_hash(email)).exists():
            raise SuppressedError
        subscriber, is_new = Subscriber.objects.get_or_create(
            email=email,
            defaults={
                "created_at": now,
                "status": Status.CONFIRMED,
                "confirmed_at": now,
            },
        )
        if not is_new:
            may_join = [Status.WAITING]
            if kind == Kind.ADDED:
                may_join.append(Status.BOUNCED)
            waiting = Subscriber.objects.filter(pk=subscriber.pk, status__in=may_join)
            if not waiting.update(status=Status.CONFIRMED, confirmed_at=now):
                return None
            subscriber.refresh_from_db()
        _note(subscriber, kind, now, source=source)
    return subscriber


def unsubscribe(public_id: UUID, now: datetime) -> None:
    """End a subscription, also a waiting one; whoever is not there any more is content."""
    with transaction.atomic():
        changed = (
            Subscriber.objects.filter(public_id=public_id)
            .exclude(status=Status.UNSUBSCRIBED)
            .update(status=Status.UNSUBSCRIBED, left_at=now)
        )
        if not changed:
            return
        subscriber = Subscriber.objects.get(public_id=public_id)
        subscriber.tokens.all().delete()
        _suppress([subscriber], now)
        _note(subscriber, Kind.UNSUBSCRIBED, now)


def take_back(public_id: UUID, now: datetime) -> bool:
    """Undo an unsubscription; False if there is none that can still be undone."""
    with transaction.atomic():
        changed = Subscriber.objects.filter(
            public_id=public_id,
            status=Status.UNSUBSCRIBED,
            confirmed_at__isnull=False,
            left_at__gt=now - UNDO,
        ).update(status=Status.CONFIRMED, left_at=None)
        if changed:
            subscriber = Subscriber.objects.get(public_id=public_id)
            Suppression.objects.filter(digest=_hash(subscriber)).delete()
            # What passed over him or her and still goes on, comes after all.
            subscriber.deliveries.filter(
                status=Delivery.Status.SKIPPED,
                issue__status__in=[Issue.Status.SENDING, Issue.Status.PAUSED],
            ).update(status=Delivery.Status.WAITING, next_try_at=now)
            _note(subscriber, Kind.RESUMED, now)
    return bool(changed)


def note_bounce(pk: int, now: datetime) -> None:
    """Mark an address that its mail server does not know: it gets no further issues."""
    with transaction.atomic():
        marked = Subscriber.objects.filter(pk=pk, status=Status.CONFIRMED).update(
            status=Status.BOUNCED
        )
        if marked:
            _note(Subscriber.objects.get(pk=pk), Kind.BOUNCED, now)


def erase(public_id: UUID, now: datetime) -> None:
    """Delete all that is known of a person but a keyed hash, which keeps imports away."""
    with transaction.atomic():
        found = list(Subscriber.objects.filter(public_id=public_id))
        _suppress(found, now)
        _delete(found)
        for subscriber in found:
            forget_mail(confirmation_key(subscriber.email, now))


def forget(now: datetime) -> None:
    """Delete who left, never confirmed or bounced, and who asked, once their time is over."""
    forget_finished("newsletter_confirmation", now - KEEP_CONFIRMATIONS)
    gone = Subscriber.objects.filter(
        status=Status.UNSUBSCRIBED, left_at__lte=now - UNDO
    )
    silent = Subscriber.objects.filter(
        status=Status.WAITING, created_at__lt=now - KEEP_UNCONFIRMED
    )
    lately = Consent.objects.filter(
        subscriber=OuterRef("pk"), kind=Kind.BOUNCED, at__gt=now - KEEP_BOUNCED
    )
    bounced = Subscriber.objects.filter(~Exists(lately), status=Status.BOUNCED)
    for subscribers in (gone, silent, bounced):
        while batch := list(subscribers.order_by("pk")[:BATCH]):
            with transaction.atomic():
                _delete(batch)


def confirmation_key(email: str, now: datetime) -> str:
    """Return the key of the one mail a day that a mailbox gets because somebody asked."""
    day = clinic_day(now).isoformat()
    text = f"newsletter confirmation:{day}:{mailbox(email)}"
    digest = hmac.digest(settings.PRIVACY_KEY.encode(), text.encode(), "sha256")
    return f"newsletter-confirmation:{day}:{digest.hex()[:32]}"


def _delete(subscribers: list[Subscriber]) -> None:
    keys = [subscriber.pk for subscriber in subscribers]
    Delivery.objects.filter(subscriber__in=keys, status=Delivery.Status.WAITING).update(
        status=Delivery.Status.SKIPPED, owner="", leased_until=None
    )
    for subscriber in subscribers:
        withdraw("newsletter_", subscriber.email)
    # What was sent has no address any more.
    forget_about("newsletter_data", [str(one.public_id) for one in subscribers])
    Subscriber.objects.filter(pk__in=keys).delete()


def _suppress(subscribers: list[Subscriber], now: datetime) -> None:
    Suppression.objects.bulk_create(
        [Suppression(digest=_hash(one), made_at=now) for one in subscribers],
        ignore_conflicts=True,
    )


def _hash(subscriber: Subscriber) -> bytes:
    return address_hash(subscriber.email)


def _note(subscriber: Subscriber, kind: Kind, at: datetime, **more: str) -> None:
    # A mail that is built again notes nothing twice.
    Consent.objects.bulk_create(
        [Consent(subscriber=subscriber, kind=kind, at=at, **more)],
        ignore_conflicts=True,
    )
