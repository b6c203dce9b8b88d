"""The beacon that a page sends once it is seen, and the picture that stands in for it."""

from base64 import b64decode

from django.db import Error as DatabaseFailure
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseForbidden,
    JsonResponse,
)
from django.utils import timezone
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from articles.pages.article import ArticlePage
from articles.templatetags.articles_tags import views_label
from articles.view_counts.counting import count_view, tally_refusal, views_of
from articles.view_counts.models import UncountedViews
from articles.view_counts.visitors import refusal, visitor_hash
from clinic_site import content_version
from clinic_site.clinic_day import clinic_day

# One transparent pixel.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


# The page is kept and its reader has no session: there is no token to check. Where the
# request comes from is checked instead.
@csrf_exempt
@require_POST
@cache_control(no_store=True)
def beacon(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a view, if it is one, and answer with the article's present number.

    503 if the database is gone or cannot be written: the article itself is none the worse for it.
    """
    try:
        check_everyone_may_read(request, pk)
        reason, views = _take(request, pk)
    except DatabaseFailure:
        return HttpResponse(status=503)
    if reason is UncountedViews.Reason.CROSS_SITE:
        return HttpResponseForbidden()
    if views is None:
        raise Http404
    return JsonResponse({"views": views, "label": views_label(views)})


@require_http_methods(["GET"])
@never_cache
def pixel(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a view of a reader without JavaScript, by the same rules."""
    try:
        check_everyone_may_read(request, pk)
        reason, _counted = _take(request, pk)
    except DatabaseFailure:
        return HttpResponse(status=503)
    if reason is UncountedViews.Reason.CROSS_SITE:
        return HttpResponseForbidden()
    return HttpResponse(PIXEL, content_type="image/gif")


def check_everyone_may_read(request: HttpRequest, pk: int) -> None:
    """Raise Http404 unless there is such an article and everyone may read it."""

    def found() -> bool:
        if not ArticlePage.objects.for_readers().filter(pk=pk).exists():
            raise Http404
        return True

    content_version.kept(request, f"readable article {pk}", found)


def _take(
    request: HttpRequest, pk: int
) -> tuple[UncountedViews.Reason | None, int | None]:
    """Count a view or tally why it is none: return that reason, and the present number."""
    today = clinic_day(timezone.now())
    reason = refusal(request)
    if reason is not None:
        views = views_of(pk)
        # One of no article goes on to be answered by the page for that.
        if views is not None:
            tally_refusal(reason, today)
        return reason, views
    return None, count_view(pk, visitor_hash(request, pk, today), today)
