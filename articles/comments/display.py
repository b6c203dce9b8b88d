"""What the discussion below an article needs to be shown, wherever it stands."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from articles.comments.forms import CommentForm
from articles.comments.models import closing_time
from articles.comments.submission import accepts
from articles.comments.threads import discussion
from articles.pages.article import ArticlePage
from clinic_site.caching import fresh_until


def for_reading(
    request: HttpRequest, article: ArticlePage, now: datetime, number: object = 1
) -> dict[str, Any]:
    """Return the context of the discussion, with an empty form while one may comment."""
    is_open = accepts(article, now)
    closing = closing_time(article.first_published_at)
    if is_open and closing is not None:
        fresh_until(request, closing)
    return {
        "article": article,
        "discussion": discussion(article, number),
        "is_open": is_open,
        "form": CommentForm(article.pk, now=now).on_page(request) if is_open else None,
    }
