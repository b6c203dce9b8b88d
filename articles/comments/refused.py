"""The page with a comment that is not taken: the form as it was filled in, and the reason.

A flood of spam is mostly this page. What it says alike to everyone is rendered once per
content version; a refusal that needs no look at the fields fills in the gaps.
"""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape

from articles.comments.forms import CommentForm
from articles.comments.submission import CommentedArticle
from clinic_site import content_version
from clinic_site.kept_pages import Marks

TEMPLATE = "articles/comments/refused_page.html"
# What differs between two forms that are given back. A tick is no text: with and without it
# are two pages.
GAPS = ("name", "email", "text", "parent", "stamp")
PROBLEM = "problem"


def page(request: HttpRequest, article: CommentedArticle, form: CommentForm) -> str:
    """Return the page with a form that has errors or was given back."""
    if form.is_bound or form.answered is not None:
        return _rendered(request, article, form)
    is_ticked = bool(form.initial["notify"])
    parts = content_version.kept(
        request,
        f"refused comment on article {article.pk}, ticked: {is_ticked}",
        lambda: _parts(request, article, is_ticked),
    )
    filled = {name: form.initial[name] for name in GAPS} | {PROBLEM: form.problem}
    return "".join(
        escape(filled[part]) if number % 2 else part
        for number, part in enumerate(parts)
    )


def _parts(
    request: HttpRequest, article: CommentedArticle, is_ticked: bool
) -> list[str]:
    """Return the page as text and names of gaps in turn."""
    marks = Marks()
    gaps: dict[str, Any] = {name: marks.mark(name) for name in GAPS}
    form = CommentForm(article.pk, gaps, now=timezone.now())
    form.give_back(marks.mark(PROBLEM))
    form.initial |= gaps | {"notify": is_ticked}
    return marks.split(_rendered(request, article, form))


def _rendered(
    request: HttpRequest, article: CommentedArticle, form: CommentForm
) -> str:
    return render_to_string(TEMPLATE, {"article": article, "form": form}, request)
