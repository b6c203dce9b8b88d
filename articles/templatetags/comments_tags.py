"""How the discussion below an article is shown."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from articles.comments import display
from articles.pages.article import ArticlePage

register = template.Library()


@register.inclusion_tag("articles/comments/section.html", takes_context=True)
def article_comments(context: Context, article: ArticlePage) -> dict[str, Any]:
    """Show the first page of an article's discussion and, while it is open, the form.

    A preview has no form: what is typed there would belong to an article nobody can read.
    """
    request = context["request"]
    shown = display.for_reading(request, article, timezone.now())
    if getattr(request, "is_preview", False):
        shown |= {"form": None, "is_preview": True}
    return shown
