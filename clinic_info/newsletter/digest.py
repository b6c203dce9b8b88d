"""A draft of an issue made of the articles that are new: none is left out, none comes twice.

New is what was published since the last digest that went out was put together, and stands in
no issue that went out or will. What its writers took out of a digest does not come again,
unless another one was still to go out then.
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
    settled, promised = _put_together(gone_out), _put_together(to_come)
    last = max(filter(None, (settled, promised)), default=None)
    since = last or now - FIRST
    to_stand = {key for issue in to_come for key in issue.article_keys()}
    # Of the issues that named an article, the newest comes last.
    named_at = {
        key: issue.started_at
        for issue in gone_out.filter(started_at__gte=since).reverse()
        for key in issue.article_keys()
    }
    new = (
        ArticlePage.objects.for_readers()
        .filter(first_published_at__gte=since)
        .exclude(pk__in=to_stand)
        .order_by("first_published_at", "pk")
    )
    # What was not public yet when an issue went out was left out of it.
    articles = [
        article
        for article in new
        if article.pk not in named_at
        or article.first_published_at > named_at[article.pk]
    ]
    issue = Issue(subject=_("New articles"), new_until=now - SETTLING)
    if len(articles) > MOST_ARTICLES:
        # The first digest begins with what is newest; later ones leave the rest to the next.
        articles = articles[:MOST_ARTICLES] if last else articles[-MOST_ARTICLES:]
        issue.new_until = articles[-1].first_published_at
    if promised:
        # What is scheduled may be given up: its articles have not had their turn yet.
        issue.new_until = min(issue.new_until, settled or now - FIRST)
    issue.articles = [
        ("article", {"article": article, "teaser": ""}) for article in articles
    ]
    return issue


def _put_together(issues: IssueQuerySet) -> datetime | None:
    """Return until when the digests among some issues looked."""
    latest: datetime | None = issues.aggregate(latest=Max("new_until"))["latest"]
    return latest
