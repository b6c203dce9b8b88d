"""Pictures are encoded when a page is published, not when the first reader asks."""

from functools import partial
from typing import Any

from django.db import transaction
from wagtail.signals import page_published

from articles.images.sizes import offer
from articles.pages.base import BasePage


def connect() -> None:
    page_published.connect(warm_published_page, dispatch_uid="warm_published_page")


def warm_published_page(instance: Any, **kwargs: Any) -> None:
    """Encode a page's pictures once its publication is stored."""
    if isinstance(instance, BasePage):
        # Encoding takes seconds: never while a transaction holds SQLite's write lock.
        transaction.on_commit(partial(warm, instance))


def warm(page: BasePage) -> int:
    """Make every rendition that the page's templates show; return how many pictures."""
    uses = list(page.pictures())
    for image, size in uses:
        offer(image, size)
    return len(uses)
