"""What everyone may see."""

from typing import TypeVar

from django.db.models import Exists, OuterRef
from django.db.models.functions import Length, Substr
from wagtail.models import PageViewRestriction
from wagtail.query import PageQuerySet

Pages = TypeVar("Pages", bound=PageQuerySet)


def for_readers(pages: Pages) -> Pages:
    """Return the pages that are live and not behind a login or password.

    What Wagtail's `live().public()` gives, but as part of the same query: a page asks this
    for its menu, its foot and its lists, and `public()` is a query more each time.
    """
    restrictions = PageViewRestriction.objects.filter(
        page__path=Substr(OuterRef("path"), 1, Length("page__path"))
    )
    return pages.live().filter(~Exists(restrictions))
