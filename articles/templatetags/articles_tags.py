"""How articles show pictures, figures and sources."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import Context
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from articles.figures import ArticleFigures
from articles.images.models import CustomImage
from articles.images.sizes import offer
from articles.pages.article import ArticlePage
from articles.references import unmarked
from clinic_site.kept_pages import shown_or_gap

register = template.Library()

register.filter("unmarked", unmarked)


@register.simple_tag(takes_context=True)
def cited(context: Context, value: Any, *, notes: bool = False) -> str:
    """Show a text with its reference marks as links; as typed where there are none.

    With `notes`, sources also stand in the margin beside their first mention.
    """
    marks = context.get("marks")
    return marks.link(value, notes=notes) if marks else conditional_escape(value)


@register.inclusion_tag("components/picture.html")
def picture(
    image: CustomImage,
    size: str,
    *,
    eager: bool = False,
    description: str | None = None,
) -> dict[str, Any]:
    """Show a picture in a size of PICTURE_SIZES; `description` replaces its own."""
    offered = offer(image, size)
    return {
        "picture": offered,
        "alt": image.default_alt_text if description is None else description,
        "eager": eager,
    }


@register.simple_tag
def social_picture(image: CustomImage) -> Any:
    """Return the rendition that social networks are given."""
    return offer(image, "social").fallback


@register.filter
def breakable(address: str) -> SafeString:
    """Let an address break where it can be read on: at "@", slashes and full stops."""
    parts = re.split(r"(?<=[/.])(?=[^/.])|(?=@)", address)
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))


def views_label(views: int) -> str:
    """Say a number of views: "1,204 views"."""
    return _views_label(views, get_language())


# With every beacon goes one, and most articles are viewed about as often as others.
@lru_cache(maxsize=4096)
def _views_label(views: int, _language: str | None) -> str:
    return ngettext("%(count)s view", "%(count)s views", views) % {
        "count": intcomma(views)
    }


@register.simple_tag(takes_context=True)
def shown_views(context: Context, article: ArticlePage) -> str:
    """Say how often an article was viewed, on a page that may be kept."""
    label = views_label(article.live_figures.views)
    return shown_or_gap(context.get("request"), present_views, article.pk, label)


def present_views(articles: Sequence[int], _now: datetime) -> dict[int, str]:
    """Say of each of these articles, by their keys, how often it was viewed."""
    figures = ArticleFigures.objects.in_bulk(articles)
    return {
        key: views_label(figures[key].views if key in figures else 0)
        for key in articles
    }


@register.filter
def comments_label(comments: int) -> str:
    """Say a number of comments: "No comments", "1 comment"."""
    if not comments:
        return gettext("No comments")
    return ngettext("%(count)s comment", "%(count)s comments", comments) % {
        "count": intcomma(comments)
    }


@register.filter
def minutes_label(minutes: int) -> str:
    """Say how long reading takes: "8 min read"."""
    return gettext("%(minutes)s min read") % {"minutes": minutes}
