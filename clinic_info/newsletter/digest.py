"""A draft of an issue made of the articles that are new since the last one."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from articles.pages.article import ArticlePage
from clinic_info.newsletter.issues import MOST_ARTICLES, Issue

# Where no issue went before.
FIRST = timedelta(days=92)


def digest(now: datetime) -> Issue:
    """Return an issue, not stored yet, with the new articles, the oldest first."""
    last = (
        Issue.objects.filter(started_at__isnull=False)
        .order_by("-started_at")
        .values_list("started_at", flat=True)
        .first()
    )
    new = (
        ArticlePage.objects.for_readers()
        .filter(first_published_at__gt=last or now - FIRST)
        .order_by("-first_published_at", "-pk")[:MOST_ARTICLES]
    )
    articles = list(new)[::-1]
    issue = Issue(subject=_("New articles"))
    issue.articles = [
        ("article", {"article": article, "teaser": ""}) for article in articles
    ]
    return issue
