"""The beacon that a page sends once it is seen, and the picture that stands in for it."""

from base64 import b64decode

from django.db import DatabaseError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    JsonResponse,
)
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.templatetags.articles_tags import views_label
from articles.view_counts.counting import count_view, tally_refusal
from articles.view_counts.models import UncountedViews
from articles.view_counts.visitors import refusal, visitor_hash

# One transparent pixel.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


# The page is kept and its reader has no session: there is no token to check. Where the
# request comes from is checked instead.
@csrf_exempt
@require_POST
@never_cache
def beacon(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a view, if it is one, and answer with the article's present number.

    503 if nothing can be written: the article itself is none the worse for it.
    """
    views = _readable_views(pk)
    try:
        reason, counted = _take(request, pk)
    except DatabaseError:
        return HttpResponse(status=503)
    if reason is UncountedViews.Reason.CROSS_SITE:
        return HttpResponseForbidden()
    views = views if counted is None else counted
    return JsonResponse({"views": views, "label": views_label(views)})


@require_http_methods(["GET"])
@never_cache
def pixel(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a view of a reader without JavaScript, by the same rules."""
    _readable_views(pk)
    try:
        reason, _counted = _take(request, pk)
    except DatabaseError:
        return HttpResponse(status=503)
    if reason is UncountedViews.Reason.CROSS_SITE:
        return HttpResponseForbidden()
    return HttpResponse(PIXEL, content_type="image/gif")


def _readable_views(pk: int) -> int:
    """Return an article's number of views. Raises Http404 unless everyone may read it."""
    readable = ArticlePage.objects.for_readers().filter(pk=pk)
    figures = ArticleFigures.objects.filter(article__in=readable).first()
    if figures is None:
        raise Http404
    return figures.views


def _take(
    request: HttpRequest, pk: int
) -> tuple[UncountedViews.Reason | None, int | None]:
    """Count a view or tally why it is none: return that reason, and the new number."""
    today = timezone.localdate()
    reason = refusal(request)
    if reason is not None:
        tally_refusal(reason, today)
        return reason, None
    return None, count_view(pk, visitor_hash(request, pk, today), today)
