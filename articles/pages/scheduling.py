"""Pages that go live or expire at their moments, and those that could not."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.models import Page, Revision
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet

from articles.pages.base import NotPublishableError, SectionedPage

logger = logging.getLogger(__name__)

# The worker looks each minute; after this long something is wrong.
LATE = timedelta(minutes=5)
MOST_SHOWN = 10


@dataclass(frozen=True)
class LatePage:
    """A page that should be live by now, and why it is not, as far as that is known."""

    page: Page
    due_at: datetime
    reason: str


def publish_scheduled(now: datetime) -> None:
    """Publish and unpublish pages whose time has come.

    One that is not fit for readers stays scheduled, and holds up no other.
    """
    for revision in _due(now):
        try:
            revision.publish(log_action="wagtail.publish.scheduled")
        except NotPublishableError:
            logger.error("Page %s is due but not fit to publish", revision.object_id)
    # Expires pages. It gives up at the first one that cannot be published: all others are.
    with suppress(NotPublishableError):
        call_command("publish_scheduled", verbosity=0)


def late_pages(now: datetime, pages: PageQuerySet) -> list[LatePage]:
    """Return which of the pages should have been live for minutes, the longest first."""
    revisions = {int(due.object_id): due for due in _due(now - LATE)}
    found = pages.in_bulk(list(revisions)[:MOST_SHOWN])
    return [
        LatePage(found[pk], due.approved_go_live_at, _reason(due))
        for pk, due in revisions.items()
        if pk in found
    ]


class LatePagesPanel(Component):
    """Names on the dashboard the scheduled pages that did not go live; else nothing."""

    name = "late_pages"
    template_name = "articles/late_pages_panel.html"
    order = 20

    def get_context_data(
        self, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        user = parent_context["request"].user if parent_context else None
        pages = page_permission_policy.instances_user_has_any_permission_for(
            user, ["change", "publish"]
        )
        return {"late": late_pages(timezone.now(), pages)}


def _due(now: datetime) -> list[Revision]:
    """Return the scheduled revisions of pages whose time has come, in its order."""
    due = Revision.page_revisions.filter(approved_go_live_at__lt=now)
    return list(due.order_by("approved_go_live_at"))


def _reason(revision: Revision) -> str:
    page = revision.as_object()
    errors = page.publication_errors() if isinstance(page, SectionedPage) else {}
    return str(NotPublishableError(page.title, errors)) if errors else ""
