"""The report "Article views"."""

from datetime import date
from typing import Any

import django_filters
from django.contrib.auth.models import AbstractUser
from django.core.paginator import Page as ResultPage
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet

from articles.pages.article import ArticlePage
from articles.topics import Topic
from articles.view_counts import history
from articles.view_counts.chart import ViewsChart
from clinic_site.clinic_day import clinic_day

PERMISSIONS = ["add", "change", "publish"]


class ArticleViewsFilterSet(WagtailFilterSet):
    """Narrows the articles to a topic, and what is counted of them to a period."""

    period = django_filters.DateFromToRangeFilter(
        label=_("Period"), method="in_period", widget=DateRangePickerWidget
    )
    topic = django_filters.ModelChoiceFilter(
        label=_("Topic"), field_name="articlepage__topic", queryset=Topic.objects.all()
    )

    class Meta:
        model = Page
        fields = ["period", "topic"]

    def in_period(self, pages: QuerySet, name: str, period: slice) -> QuerySet:
        first = period.start.date() if period.start else date.min
        last = period.stop.date() if period.stop else date.max
        return pages.annotate(period_views=history.between(first, last))


class ArticleViewsReport(ReportView):
    """All articles by how often they were viewed, in a period and in all."""

    page_title = _("Article views")
    header_icon = "view"
    template_name = "articles/view_counts/report.html"
    results_template_name = "articles/view_counts/report_results.html"
    index_url_name = "article_views_report"
    index_results_url_name = "article_views_report_results"
    filterset_class = ArticleViewsFilterSet
    is_searchable = True
    # The search index cannot be asked beside other tables, such as that of figures.
    search_backend_name = None
    search_fields = ["title"]
    permission_policy = page_permission_policy
    any_permission_required = PERMISSIONS
    default_ordering = "-period_views"
    paginate_by = 20
    columns = [
        TitleColumn(
            "title",
            label=_("Article"),
            sort_key="title",
            get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk]),
        ),
        Column("topic_name", label=_("Topic")),
        DateColumn(
            "first_published_at", label=_("Published"), sort_key="first_published_at"
        ),
        NumberColumn("period_views", label=_("In the period"), sort_key="period_views"),
        NumberColumn("all_views", label=_("In all"), sort_key="all_views"),
    ]
    list_export = [
        "title",
        "topic_name",
        "first_published_at",
        "period_views",
        "all_views",
    ]
    export_headings = {
        "title": _("Article"),
        "topic_name": _("Topic"),
        "first_published_at": _("Published"),
        "period_views": _("In the period"),
        "all_views": _("In all"),
    }

    def get_filename(self) -> str:
        return "article-views"

    def get_base_queryset(self) -> QuerySet:
        figures = "articlepage__figures"
        today = clinic_day(timezone.now())
        return (
            self._pages()
            .filter(articlepage__figures__isnull=False)
            .annotate(
                # The articles themselves would be read with all their text.
                topic_name=F("articlepage__topic__name"),
                period_views=history.between(history.recent_days(today)[0], today),
                all_views=F(f"{figures}__starting_views")
                + F(f"{figures}__counted_views"),
            )
        )

    def _pages(self) -> PageQuerySet:
        return page_permission_policy.instances_user_has_any_permission_for(
            self.request.user, PERMISSIONS
        )

    def order_queryset(self, queryset: QuerySet) -> QuerySet:
        is_narrowed = (
            self.filters.is_valid() and self.filters.form.cleaned_data["period"]
        )
        if self.ordering in {"period_views", "-period_views"} and not is_narrowed:
            # The last 30 days are kept summed: thousands need not be summed to be sorted.
            kept = self.ordering.replace(
                "period_views", "articlepage__figures__recent_views"
            )
            return queryset.order_by(kept, "articlepage__figures__article_id")
        return super().order_queryset(queryset)

    def get_paginator(self, *args: Any, **kwargs: Any) -> Paginator:
        paginator = super().get_paginator(*args, **kwargs)
        if not self.is_filtering and not self.is_searching:
            # Each has figures: that need not be looked up of thousands.
            paginator.count = self._pages().exact_type(ArticlePage).count()
        return paginator

    def paginate_queryset(
        self, queryset: QuerySet, page_size: int
    ) -> tuple[Paginator, ResultPage, QuerySet, bool]:
        """Sort keys alone, then sum up the views of the articles that are shown."""
        keys = queryset.values_list("pk", flat=True)
        paginator, page, shown, is_paginated = super().paginate_queryset(
            keys, page_size
        )
        page.object_list = queryset.filter(pk__in=list(shown))
        return paginator, page, page.object_list, is_paginated

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = clinic_day(timezone.now())
        context = super().get_context_data(**kwargs)
        return context | {
            "chart": ViewsChart(history.of_all(today)),
            "uncounted": history.uncounted(today),
        }


class ArticleViewsMenuItem(MenuItem):
    """The report's place in the menu, for those who may open it."""

    def is_shown(self, request: HttpRequest) -> bool:
        user: AbstractUser = request.user
        return page_permission_policy.user_has_any_permission(user, PERMISSIONS)


def report_urls() -> list[URLPattern]:
    """Return the addresses of the report within the admin."""
    report = ArticleViewsReport
    return [
        path("reports/article-views/", report.as_view(), name=report.index_url_name),
        path(
            "reports/article-views/results/",
            report.as_view(results_only=True),
            name=report.index_results_url_name,
        ),
    ]


def report_menu_item() -> MenuItem:
    return ArticleViewsMenuItem(
        _("Article views"),
        reverse(ArticleViewsReport.index_url_name),
        name="article-views",
        icon_name="view",
        order=100,
    )
