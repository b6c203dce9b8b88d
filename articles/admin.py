"""How staff find and edit articles, topics and authors."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.models import Page
from wagtail.snippets.views.snippets import SnippetViewSet

from articles.pages.article import ArticlePage
from articles.people import Author
from articles.topics import Topic


class ArticleListingViewSet(PageListingViewSet):
    """All articles in one list, straight from the menu."""

    model = ArticlePage
    icon = "doc-full"
    menu_label = _("Articles")
    menu_order = 110
    add_to_admin_menu = True
    name = "articles"


class TopicViewSet(SnippetViewSet):
    """The topics of articles."""

    model = Topic
    icon = "tag"
    menu_order = 120
    add_to_admin_menu = True
    list_display = ["name", Column("slug", label=_("Address")), "description"]


class AuthorViewSet(SnippetViewSet):
    """The people and teams who write."""

    model = Author
    icon = "group"
    menu_order = 130
    add_to_admin_menu = True
    list_display = ["name", "kind", "credentials"]
    list_filter = ["kind"]


def warn_of_unknown_references(request: HttpRequest, page: Page) -> None:
    """Tell whoever saved a draft which of its marks have no source yet."""
    saved_in_background = not request.accepts("text/html")
    if saved_in_background or not isinstance(page, ArticlePage):
        return
    unknown = page.bibliography.unknown_keys
    if unknown:
        messages.warning(
            request,
            gettext(
                "No reference yet for %(marks)s: the article cannot be published "
                "before each of these has one."
            )
            % {"marks": ", ".join(f"[^{key}]" for key in unknown)},
        )
