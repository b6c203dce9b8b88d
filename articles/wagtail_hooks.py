from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet
from wagtail.snippets.models import register_snippet

from articles.admin import (
    ArticleListingViewSet,
    AuthorViewSet,
    TopicViewSet,
    refuse_reserved_bulk_move,
    refuse_reserved_copy,
    refuse_reserved_move,
    warn_of_unknown_references,
)

register_snippet(TopicViewSet)
register_snippet(AuthorViewSet)
hooks.register("before_bulk_action", refuse_reserved_bulk_move)
hooks.register("before_copy_page", refuse_reserved_copy)
hooks.register("before_move_page", refuse_reserved_move)
hooks.register("after_create_page", warn_of_unknown_references)
hooks.register("after_edit_page", warn_of_unknown_references)


@hooks.register("register_admin_viewset")
def register_article_listing() -> ViewSet:
    return ArticleListingViewSet()
