"""Whether a request may count as a view, and which person of today it comes from."""

from datetime import date
from functools import lru_cache

import crawleruseragents
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from articles.view_counts.models import DayKey, DayVisit, UncountedViews
from clinic_site.abuse.daily_keys import keyed_hash
from clinic_site.abuse.senders import client_address, is_cross_site

LONGEST_AGENT = 512


@lru_cache(maxsize=2048)
def is_bot(agent: str) -> bool:
    """Tell whether an agent is on the public list of those that are machines."""
    return bool(crawleruseragents.is_crawler(agent))


def refusal(request: HttpRequest) -> UncountedViews.Reason | None:
    """Return why a request is no view, None if it may be one.

    The user is looked for only when a session cookie came along.
    """
    agent = request.META.get("HTTP_USER_AGENT", "")
    reason = UncountedViews.Reason
    if is_cross_site(request):
        return reason.CROSS_SITE
    if not agent.strip():
        return reason.NO_AGENT
    if is_bot(agent[:LONGEST_AGENT]):
        return reason.BOT
    purpose = request.META.get("HTTP_SEC_PURPOSE") or request.META.get(
        "HTTP_PURPOSE", ""
    )
    if "prefetch" in purpose.lower() or "prerender" in purpose.lower():
        return reason.PREFETCH
    if (
        settings.SESSION_COOKIE_NAME in request.COOKIES
        and request.user.is_authenticated
    ):
        return reason.STAFF
    return None


def visitor_hash(request: HttpRequest, article_pk: int, today: date) -> bytes:
    """Return what tells today's readers of an article apart, and nobody tomorrow.

    A keyed hash of address, agent and article. Its key is made of the day's random key,
    which is deleted with the day, and of PRIVACY_KEY, which is not in the database.
    """
    agent = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT]
    return keyed_hash(day_key(today), client_address(request), agent, str(article_pk))


# One key is kept, that of the day: the next day's takes its place.
@lru_cache(maxsize=1)
def day_key(today: date) -> bytes:
    """Return the key of a day; the first call of a day makes it and forgets the last."""
    found = DayKey.found(today)
    if found is None:
        with transaction.atomic():
            forget_before(today)
            found = DayKey.made(today)
    return found


def forget_before(today: date) -> None:
    """Delete for good what could tell apart the readers of days before this one."""
    DayKey.objects.filter(day__lt=today).delete()
    DayVisit.objects.filter(day__lt=today).delete()
