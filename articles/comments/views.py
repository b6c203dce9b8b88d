"""The pages on which readers read the whole discussion, write, and see what they wrote."""

from typing import Any

from django.core import signing
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from articles.comments import display, emails, privacy_rules, refused
from articles.comments.forms import CommentForm, sender_hash
from articles.comments.models import Comment
from articles.comments.submission import (
    CommentedArticle,
    NotPossibleError,
    accepts,
    submit,
)
from articles.pages.article import ArticlePage
from clinic_site import content_version
from clinic_site.abuse import content
from clinic_site.abuse.senders import (
    client_address,
    is_cross_site,
    same_site_posts,
)
from clinic_site.caching import same_for_everyone

PAGE = "articles/comments/discussion_page.html"
# For how long the writer can see the waiting comment again by reloading.
SHOWN_BACK_SECONDS = 600
SHOWN_BACK = "articles.comments.shown_back"
# A robot's comment is not stored: this stands for it.
NOTHING = 0


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an article's discussion page by page, or take a comment."""
    if request.method == "POST":
        # Also where there is no form any more: what comes too late is not lost.
        return _take(request, pk)
    article = _readable(pk)
    if not article.shows_comments:
        raise Http404
    same_for_everyone(request, query=("page", "reply"))
    context = display.for_reading(
        request, article, timezone.now(), request.GET.get("page", 1)
    )
    answered = _answerable(pk, request.GET.get("reply", ""))
    if answered is not None and context["form"] is not None:
        form = CommentForm(pk, now=timezone.now(), answered=answered)
        context["form"] = form.on_page(request)
    return render(request, PAGE, context)


@never_cache
def _take(request: HttpRequest, pk: int) -> HttpResponse:
    article = _commented(request, pk)
    form = CommentForm(
        pk,
        request.POST,
        now=timezone.now(),
        answered=_answerable(pk, request.POST.get("parent", "")),
        address=client_address(request),
    )
    if is_cross_site(request):
        # A page of ours that another site filled in: escaped, in no frame, and without effect
        # until a person sends it from here.
        form.give_back(
            _(
                "This was not sent from a page of this site, so nothing was stored. If you "
                "wrote it, please send it from here."
            )
        )
        return _refuse(request, article, form, status=403)
    try:
        return _answer(request, article, form)
    except DatabaseError:
        # Locked, full or gone: what was typed is all in the request.
        form.give_back(
            _("This cannot be stored just now. Please send it again in a minute.")
        )
        return _refuse(request, article, form, status=503)


def _answer(
    request: HttpRequest, article: CommentedArticle, form: CommentForm
) -> HttpResponse:
    now = timezone.now()
    if form.is_trapped:
        form.note_refusal("trap")
        return _thank(article.pk, NOTHING)
    if not form.has_room():
        return _refuse(request, article, form, status=429)
    if not form.has_good_stamp() or not form.is_valid():
        return _refuse(request, article, form)
    if not accepts(article, now):
        form.add_error(None, _("This article takes no more comments."))
        return _refuse(request, article, form)
    if not form.admit():
        return _refuse(request, article, form, status=429)
    try:
        comment = submit(
            article.pk,
            form.written,
            sender_hash=sender_hash(client_address(request)),
            is_spam=form.is_spam,
            now=now,
        )
    except NotPossibleError:
        form.add_error(
            None,
            _(
                "What you answer is no longer there. You can send your comment on its "
                "own."
            ),
        )
        form.forget_answered()
        return _refuse(request, article, form)
    return _thank(article.pk, comment.pk)


def _refuse(
    request: HttpRequest,
    article: CommentedArticle,
    form: CommentForm,
    status: int = 422,
) -> HttpResponse:
    return HttpResponse(refused.page(request, article, form), status=status)


def _thank(article_pk: int, comment: int) -> HttpResponse:
    token = signing.dumps(comment, salt=SHOWN_BACK)
    address = reverse("article_comment_sent", args=[article_pk, token])
    response = redirect(f"{address}#comments")
    response.status_code = 303
    return response


@never_cache
@require_safe
def sent(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """Show a writer what was just sent; later on, the article's discussion."""
    article = _readable(pk)
    try:
        key = signing.loads(token, salt=SHOWN_BACK, max_age=SHOWN_BACK_SECONDS)
    except signing.BadSignature:
        return redirect("article_comments", pk)
    comment = Comment.objects.filter(pk=key, article=article).first()
    context: dict[str, Any] = display.for_reading(request, article, timezone.now())
    context |= {"was_sent": True, "form": None}
    if comment is not None:
        context |= {
            "comment": comment,
            "text": content.without_links(comment.text),
            "kinds": privacy_rules.kinds(comment.name, comment.text),
        }
    response = render(request, PAGE, context)
    response["X-Robots-Tag"] = "noindex"
    return response


def _readable(pk: int) -> ArticlePage:
    """Return an article that everyone may read. Raises Http404."""
    articles = ArticlePage.objects.for_readers().select_related("figures")
    article = articles.filter(pk=pk).first()
    if article is None:
        raise Http404
    return article


def _commented(request: HttpRequest, pk: int) -> CommentedArticle:
    """Return what taking a comment needs of an article that everyone may read, or Http404."""

    def found() -> CommentedArticle:
        article = _readable(pk)
        return CommentedArticle(
            pk=pk,
            title=article.title,
            url=article.get_url(request) or "/",
            comments_allowed=article.comments_allowed,
            first_published_at=article.first_published_at,
        )

    return content_version.kept(request, f"commented article {pk}", found)


def _answerable(article_pk: int, key: str) -> Comment | None:
    if not key.isdecimal() or len(key) >= 19:
        return None
    found = Comment.objects.filter(article=article_pk, parent=None).shown()
    return found.filter(pk=key).first()


@same_site_posts
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quiet(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether a commenter wants no more mails, and see to it once that is confirmed.

    Programs that read mail follow links: GET changes nothing.
    """
    try:
        pk, writer = emails.opened(token)
    except signing.BadSignature as error:
        raise Http404 from error
    is_done = request.method == "POST"
    if is_done:
        emails.silence(pk, writer)
    # Of an article that not everyone may read, or is gone, nothing is said.
    article = ArticlePage.objects.for_readers().filter(comments=pk).first()
    response = render(
        request,
        "articles/comments/quiet_page.html",
        {"article": article, "is_done": is_done},
    )
    response["X-Robots-Tag"] = "noindex"
    return response
