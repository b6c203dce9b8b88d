"""Asking for the newsletter: the same work, whoever asks.

Whether an address is unknown, waiting, subscribed or suppressed is looked up when the mail is
built, in the worker. So neither the answer nor its time tells anybody.
"""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import QuerySet
from wagtail.permission_policies import ModelPermissionPolicy

from clinic_info.newsletter.models import Subscriber
from clinic_info.newsletter.subscriptions import Asked, confirmation_key
from clinic_site.clinic_day import clinic_day
from clinic_site.mail.queue import forget_undelivered, queue, send_soon


def sign_up(email: str, asked: Asked) -> None:
    """Have a mail sent to a normalised address, the first of the day to this mailbox."""
    now = asked.at
    key = confirmation_key(email, now)
    with transaction.atomic():
        # One that did not get through, or may not have, is no mail of the day.
        forget_undelivered(key)
        is_new = queue(
            "newsletter_confirmation",
            key=key,
            recipient=email,
            reference=f"{now.isoformat()} {asked.wording} {asked.page}",
            now=now,
        )
        if not is_new:
            # As much work as for a new one.
            send_soon()


def how_asked(reference: str) -> Asked:
    """Return how somebody asked, from the reference of the mail.

    One that an earlier version of this program queued names no wording.
    """
    moment, *wordings, page = reference.split(" ")
    wording = "".join(wordings)
    return Asked(at=datetime.fromisoformat(moment), page=page, wording=wording)


def tell_staff_of_flood(now: datetime) -> None:
    """Tell those who care for subscribers, once a day, that sign-ups were stopped."""
    day = clinic_day(now).isoformat()
    for user in carers():
        queue(
            "newsletter_flood",
            key=f"newsletter-flood:{day}:{user.pk}",
            recipient=user.email,
            reference=day,
            now=now,
        )


def carers() -> QuerySet[AbstractUser]:
    """Return the active staff who may change subscribers and have an address."""
    policy = ModelPermissionPolicy(Subscriber)
    people = get_user_model().objects.filter(
        pk__in=policy.users_with_permission("change").values("pk")
    )
    return people.filter(is_active=True).exclude(email="")
