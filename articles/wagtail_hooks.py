from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet
from wagtail.snippets.models import register_snippet

from articles.admin import (
    ArticleListingViewSet,
    AuthorViewSet,
    TopicViewSet,
    refuse_bulk_deletion_in_use,
    refuse_deletion_in_use,
    refuse_reserved_bulk_move,
    refuse_reserved_copy,
    refuse_reserved_move,
    refuse_unready_bulk_publication,
    warn_of_unknown_references,
)
from articles.pages.scheduling import LatePagesPanel
from articles.view_counts.admin import report_menu_item, report_urls

register_snippet(TopicViewSet)
register_snippet(AuthorViewSet)
hooks.register("before_bulk_action", refuse_bulk_deletion_in_use)
hooks.register("before_bulk_action", refuse_reserved_bulk_move)
hooks.register("before_bulk_action", refuse_unready_bulk_publication)
hooks.register("before_delete_snippet", refuse_deletion_in_use)
hooks.register("before_copy_page", refuse_reserved_copy)
hooks.register("before_move_page", refuse_reserved_move)
hooks.register("after_create_page", warn_of_unknown_references)
hooks.register("after_edit_page", warn_of_unknown_references)


@hooks.register("register_admin_viewset")
def register_article_listing() -> ViewSet:
    return ArticleListingViewSet()


@hooks.register("register_admin_urls")
def register_views_report_urls() -> list[URLPattern]:
    return report_urls()


@hooks.register("register_reports_menu_item")
def register_views_report() -> MenuItem:
    return report_menu_item()


@hooks.register("construct_homepage_panels")
def late_pages(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(LatePagesPanel())
