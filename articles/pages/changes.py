"""Which changes of pages readers could see: those move the content version."""

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from wagtail.models import Page, PageViewRestriction, Site, get_page_models
from wagtail.signals import (
    page_published,
    page_slug_changed,
    page_unpublished,
    post_page_move,
)

from articles.images.models import CustomRendition
from clinic_site import content_version


def connect() -> None:
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(_on_change, dispatch_uid="content_version")
    for model in [Page, *get_page_models()]:
        pre_save.connect(
            _before_save, sender=model, dispatch_uid=f"content_version_{model}"
        )
        post_save.connect(
            _on_save, sender=model, dispatch_uid=f"content_version_{model}"
        )
        post_delete.connect(
            _on_change, sender=model, dispatch_uid=f"content_version_{model}"
        )
    content_version.watch(PageViewRestriction, Site)
    # Made while a page is rendered, they change nothing. Deleted, they are missing on it.
    post_delete.connect(
        _on_change, sender=CustomRendition, dispatch_uid="content_version_rendition"
    )


def _on_change(**kwargs: Any) -> None:
    content_version.move()


# What staff alone see: saving a draft writes these.
STAFF_FIELDS = {
    "alias_of",
    "draft_title",
    "has_unpublished_changes",
    "latest_revision",
    "latest_revision_created_at",
    "locked",
    "locked_at",
    "locked_by",
}


def _before_save(instance: Page, **kwargs: Any) -> None:
    # Wagtail says that a page was taken off only after the transaction in which it was.
    if not instance.live and Page.objects.filter(pk=instance.pk, live=True).exists():
        content_version.move()


def _on_save(
    instance: Page, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    if instance.live and (update_fields is None or set(update_fields) - STAFF_FIELDS):
        content_version.move()
