"""Pictures are encoded in the background once a page is published: no reader waits for it."""

from functools import partial
from typing import Any

from django.db import transaction
from django_tasks import task
from wagtail.models import Page
from wagtail.signals import page_published

from articles.images.sizes import offer
from articles.pages.base import BasePage


def connect() -> None:
    page_published.connect(warm_published_page, dispatch_uid="warm_published_page")


def warm_published_page(instance: Any, **kwargs: Any) -> None:
    """Have a page's pictures encoded once its publication is stored."""
    if isinstance(instance, BasePage):
        transaction.on_commit(partial(warm.enqueue, instance.pk))


@task(backend="background")
def warm(pk: int) -> int:
    """Make every rendition that the page's templates show; return how many pictures."""
    page = Page.objects.filter(pk=pk).first()
    # It can be gone by the time its turn comes.
    uses = list(page.specific.pictures()) if page else []
    for image, size in uses:
        offer(image, size)
    return len(uses)
