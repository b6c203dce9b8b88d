"""A draft of an issue made of the articles that are new: none is left out, none comes twice.

New is what was published since the last digest that went out was put together, and stands in
no issue that went out or will. What its writers took out of a digest does not come again.
"""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from articles.pages.article import ArticlePage
from clinic_info.newsletter.issues import MOST_ARTICLES, Issue, IssueQuerySet

# Where no digest went before.
FIRST = timedelta(days=92)
# An article has its time of publication a little before others can see it.
SETTLING = timedelta(minutes=1)


def digest(now: datetime) -> Issue:
    """Return an issue, not stored yet, with the new articles, the oldest first."""
    gone_out = Issue.objects.in_archive()
    to_come = Issue.objects.filter(status=Issue.Status.SCHEDULED)
    last = max(
        filter(None, (_put_together(gone_out), _put_together(to_come))), default=None
    )
    since = last or now - FIRST
    contained = {
        key
        for issue in [*gone_out.filter(started_at__gte=since), *to_come]
        for key in issue.article_keys()
    }
    new = (
        ArticlePage.objects.for_readers()
        .filter(first_published_at__gte=since)
        .exclude(pk__in=contained)
        .order_by("first_published_at", "pk")
    )
    articles = list(new)
    issue = Issue(subject=_("New articles"), new_until=now - SETTLING)
    if len(articles) > MOST_ARTICLES:
        # The first digest begins with what is newest; later ones leave the rest to the next.
        articles = articles[:MOST_ARTICLES] if last else articles[-MOST_ARTICLES:]
        issue.new_until = articles[-1].first_published_at
    issue.articles = [
        ("article", {"article": article, "teaser": ""}) for article in articles
    ]
    return issue


def _put_together(issues: IssueQuerySet) -> datetime | None:
    """Return until when the digests among some issues looked."""
    latest: datetime | None = issues.aggregate(latest=Max("new_until"))["latest"]
    return latest
