"""How staff find and edit articles, topics and authors."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.models import Page, ReferenceIndex
from wagtail.snippets.views.snippets import SnippetViewSet

from articles.pages.article import ArticlePage
from articles.pages.base import (
    NotPublishableError,
    SectionedPage,
    check_slug_is_free,
)
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


def refuse_reserved_copy(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Send back whoever copies a page to an address that the site itself needs."""
    if request.method != "POST":
        return None
    key = request.POST.get("new_parent_page", "")
    chosen = Page.objects.filter(pk=key).first() if key.isdecimal() else None
    parent = chosen or page.get_parent()
    return _refusal(request, page, request.POST.get("new_slug", ""), parent)


def refuse_reserved_move(
    request: HttpRequest, page: Page, destination: Page
) -> HttpResponse | None:
    """Send back whoever moves a page to an address that the site itself needs."""
    return _refusal(request, page, page.slug, destination)


def refuse_reserved_bulk_move(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """Send back whoever moves several pages, one of them to a reserved address."""
    if action_type != "move":
        return None
    destination = action.cleaned_form.cleaned_data["chooser"]
    refusals = (_refusal(request, page, page.slug, destination) for page in objects)
    return next(filter(None, refusals), None)


def refuse_unready_bulk_publication(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """Send back whoever publishes several pages, one of them not ready for readers."""
    if action_type != "publish":
        return None
    for page in objects:
        draft = page.specific.get_latest_revision_as_object()
        errors = draft.publication_errors() if isinstance(draft, SectionedPage) else {}
        if errors:
            messages.error(request, str(NotPublishableError(draft.title, errors)))
            return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


def refuse_deletion_in_use(
    request: HttpRequest, instances: list[Any]
) -> HttpResponse | None:
    """Send back whoever deletes a topic or an author that articles have."""
    for instance in instances:
        if isinstance(instance, Topic):
            is_used = instance.articles.exists() or instance.further_articles.exists()
        elif isinstance(instance, Author):
            is_used = ReferenceIndex.get_references_to(instance).exists()
        else:
            continue
        if is_used:
            messages.error(
                request,
                gettext("“%(name)s” cannot be deleted: articles have it.")
                % {"name": instance},
            )
            return redirect(instance.snippet_viewset.get_url_name("list"))
    return None


def refuse_bulk_deletion_in_use(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """Send back whoever deletes several, one of which articles have."""
    return refuse_deletion_in_use(request, objects) if action_type == "delete" else None


def _refusal(
    request: HttpRequest, page: Page, slug: str, parent: Page
) -> HttpResponse | None:
    try:
        check_slug_is_free(slug, parent.specific_class)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


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
