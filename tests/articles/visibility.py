"""Every way in which a page can be there and not be for readers."""

from datetime import datetime, timedelta

from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

HIDDEN = ["draft", "scheduled", "expired", "password", "login", "group"]


def hide(page: Page, how: str) -> None:
    """Take a published page away from readers, as staff would."""
    now: datetime = timezone.now()
    match how:
        case "draft":
            page.unpublish()
        case "scheduled":
            page.unpublish()
            page.go_live_at = now + timedelta(days=1)
            page.save_revision().publish()
        case "expired":
            page.expire_at = now - timedelta(minutes=1)
            page.save()
            call_command("publish_scheduled")
        case "password" | "login" | "group":
            restriction = {
                "password": PageViewRestriction.PASSWORD,
                "login": PageViewRestriction.LOGIN,
                "group": PageViewRestriction.GROUPS,
            }[how]
            PageViewRestriction.objects.create(page=page, restriction_type=restriction)
    page.refresh_from_db()
    restricted = page.get_view_restrictions().exists()
    assert not page.live or restricted
