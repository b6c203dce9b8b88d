"""Issues that went out, for everyone to read; articles that were withdrawn are left out."""

from typing import Any

from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from articles.images.sizes import prefetch_renditions
from articles.pages.article import ArticlePage, teaser_pictures
from clinic_info.newsletter.issues import Issue
from clinic_site.addresses import absolute_url
from clinic_site.caching import same_for_everyone

ISSUES_PER_PAGE = 24
ISSUES_IN_FEED = 20


@require_http_methods(["GET", "HEAD"])
def archive(request: HttpRequest) -> HttpResponse:
    """List the issues, newest first."""
    same_for_everyone(request, query=["page"])
    issues = Paginator(Issue.objects.in_archive(), ISSUES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    path = reverse("newsletter_archive")

    def query(number: int) -> str:
        return f"?page={number}" if number > 1 else path

    context = {
        "issues": issues,
        "newer_query": query(issues.number - 1) if issues.has_previous() else None,
        "older_query": query(issues.number + 1) if issues.has_next() else None,
        "canonical_url": absolute_url(
            path + (f"?page={issues.number}" if issues.number > 1 else "")
        ),
    }
    return render(request, "clinic_info/newsletter/archive.html", context)


@require_http_methods(["GET", "HEAD"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an issue as a page of the site."""
    same_for_everyone(request)
    if pk > 2**63 - 1:
        raise Http404
    shown = get_object_or_404(Issue.objects.in_archive(), pk=pk)
    keys = shown.article_keys()
    found = ArticlePage.objects.for_readers().for_teasers().in_bulk(keys)
    articles = [found[key] for key in keys if key in found]
    prefetch_renditions(teaser_pictures(articles))
    context = {
        "issue": shown,
        "articles": articles,
        "canonical_url": absolute_url(shown.archive_path),
    }
    return render(request, "clinic_info/newsletter/issue.html", context)


class ArchiveFeed(Feed):
    """The issues for programs that read feeds."""

    title = _("Newsletter")
    link = reverse_lazy("newsletter_archive")
    description = _("Issues of our newsletter")

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        same_for_everyone(request)
        return super().__call__(request, *args, **kwargs)

    def items(self) -> QuerySet[Issue]:
        return Issue.objects.in_archive()[:ISSUES_IN_FEED]

    def item_title(self, item: Issue) -> str:
        return item.subject

    def item_description(self, item: Issue) -> str:
        return item.preview_line

    def item_link(self, item: Issue) -> str:
        return absolute_url(item.archive_path)

    def item_pubdate(self, item: Issue) -> Any:
        return item.started_at
