"""Storing the comments that a file has below its article."""

from collections.abc import Sequence

from articles.comments import decisions
from articles.comments.models import Comment
from articles.importing.draft import DraftComment
from articles.pages.article import ArticlePage
from clinic_site import content_version


def store(article: ArticlePage, drafts: Sequence[DraftComment]) -> None:
    """Add comments to an article, as part of the caller's transaction.

    One that is there already, from an earlier import, is left as staff have it now.
    """
    if not drafts:
        return
    decisions.lock([article.pk])
    stored: list[Comment] = []
    for draft in drafts:
        is_decided = draft.status in {"approved", "rejected"}
        comment, _is_new = Comment.objects.get_or_create(
            article=article,
            name=draft.author,
            written_at=draft.written,
            is_from_clinic=draft.from_clinic,
            defaults={
                "text": draft.text,
                "parent": None if draft.parent is None else stored[draft.parent],
                "status": draft.status,
                "decided_at": draft.written if is_decided else None,
                # Staff need no mail about what they import.
                "announced_at": draft.written,
            },
        )
        stored.append(comment)
    decisions.recount(article.pk)
    content_version.move()
