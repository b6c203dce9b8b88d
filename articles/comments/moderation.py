"""Comments in the admin: the list with its counts, filters and bulk actions, one comment, undo."""

from typing import Any

import django_filters
from django.db import models
from django.db.models import Count
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import (
    BulkActionsCheckboxColumn,
    Column,
    DateColumn,
    TitleColumn,
)
from wagtail.admin.views import generic
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from articles.comments import decisions, privacy_rules
from articles.comments.detail import CommentView
from articles.comments.models import Comment
from articles.comments.undoing import Undo, decided_by_others, offer_undo

Status = Comment.Status
FLAGS = {
    "phone": _("Telephone number"),
    "email": _("Email address"),
    "advice": _("Asks for advice"),
}


class CommentFilters(WagtailFilterSet):
    """By what the list of comments can be narrowed."""

    status = django_filters.ChoiceFilter(
        choices=Status.choices, label=_("Status"), empty_label=_("All")
    )
    written_at = django_filters.DateFromToRangeFilter(
        label=_("Written"), widget=DateRangePickerWidget
    )
    is_from_clinic = django_filters.BooleanFilter(label=_("Answers of the clinic"))

    class Meta:
        model = Comment
        fields: list[str] = []


class CommentListView(generic.IndexView):
    """All comments, newest first, with how many there are of each status."""

    any_permission_required = ["change", "view", "delete"]
    template_name = "articles/admin/comments.html"
    results_template_name = "articles/admin/comments_results.html"
    filterset_class = CommentFilters
    default_ordering = "-written_at"
    page_title = _("Comments")

    def get_base_queryset(self) -> models.QuerySet[Comment]:
        return Comment.objects.select_related("article")

    @cached_property
    def columns(self) -> list[Any]:
        return [
            BulkActionsCheckboxColumn("bulk_actions", obj_type="comment"),
            TitleColumn(
                "text",
                label=_("Comment"),
                classname="comment-words",
                accessor=lambda comment: Truncator(comment.text).chars(140),
                get_url=lambda comment: reverse("comments:edit", args=[comment.pk]),
                get_title_id=lambda comment: f"comment_{comment.pk}_title",
            ),
            Column("name", label=_("Name"), classname="comment-name", sort_key="name"),
            Column("article", label=_("Article"), accessor="article.title"),
            Column("flags", label=_("Look at"), accessor=flags),
            Column("status", label=_("Status"), accessor="get_status_display"),
            DateColumn("written_at", label=_("Written"), sort_key="written_at"),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counted = Comment.objects.order_by().values_list("status")
        numbers = dict(counted.annotate(Count("pk")))
        chosen = self.request.GET.get("status", "")
        return super().get_context_data(**kwargs) | {
            "counts": [
                (value, label, numbers.get(value, 0), value == chosen)
                for value, label in Status.choices
            ],
            "total": sum(numbers.values()),
            "is_all": not chosen,
        }


def flags(comment: Comment) -> str:
    """Return what staff should look at in a comment that waits, as words."""
    if comment.status != Status.AWAITING:
        return ""
    return ", ".join(
        str(FLAGS[kind]) for kind in privacy_rules.kinds(comment.name, comment.text)
    )


class CommentsMenuItem(MenuItem):
    """The menu item with the number of comments that wait."""

    def is_shown(self, request: HttpRequest) -> bool:
        policy = ModelPermissionPolicy(Comment)
        actions = CommentListView.any_permission_required
        return bool(policy.user_has_any_permission(request.user, actions))

    def render_component(self, request: HttpRequest) -> Any:
        component = super().render_component(request)
        waiting = Comment.objects.awaiting().count()
        if waiting:
            component.label = gettext("%(label)s (%(waiting)s)") % {
                "label": self.label,
                "waiting": waiting,
            }
        return component


class CommentViewSet(ModelViewSet):
    """Comments of readers, in the menu for all who decide about them."""

    model = Comment
    name = "comments"
    icon = "comment"
    menu_label = _("Comments")
    menu_order = 115
    menu_item_class = CommentsMenuItem
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    list_per_page = 50
    index_view_class = CommentListView
    edit_view_class = CommentView
    search_fields = ["name", "email", "text", "article__title"]
    search_backend_name = None
    # There is no form that changes one.
    form_fields: list[str] = []

    @cached_property
    def index_template_name(self) -> str:
        return CommentListView.template_name

    @cached_property
    def index_results_template_name(self) -> str:
        return CommentListView.results_template_name

    @cached_property
    def edit_template_name(self) -> str:
        return CommentView.template_name

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        # Nobody adds or changes one by a form.
        missing = {
            "add_url_name": None,
            "delete_url_name": None,
            "usage_url_name": None,
        }
        return super().get_common_view_kwargs(**missing, **kwargs)

    def get_urlpatterns(self) -> list[URLPattern]:
        shown = {"index", "index_results", "edit", "history", "history_results"}
        theirs = [entry for entry in super().get_urlpatterns() if entry.name in shown]
        return [*theirs, path("undo/", Undo.as_view(), name="undo")]


class CommentBulkAction(BulkAction):
    """Something done to several comments."""

    models = [Comment]
    template_name = "articles/admin/comments_bulk.html"
    permission = "change"
    question: Any = ""

    def check_perm(self, comment: Comment) -> bool:
        return bool(self.request.user.has_perm(f"articles.{self.permission}_comment"))

    def get_all_objects_in_listing_query(self, parent_id: object) -> Any:
        filters = CommentFilters(
            self.request.GET, Comment.objects.all(), request=self.request
        )
        found = filters.qs if filters.is_valid() else Comment.objects.none()
        words = self.request.GET.get("q", "")
        if words:
            wanted = models.Q()
            for field in CommentViewSet.search_fields:
                wanted |= models.Q(**{f"{field}__icontains": words})
            found = found.filter(wanted)
        return found.values_list("pk", flat=True)

    @classmethod
    def get_queryset(cls, model: type[Comment], object_ids: Any) -> list[Comment]:
        return list(model.objects.filter(pk__in=object_ids))

    def get_actionable_objects(self) -> tuple[list[Comment], dict[str, Any]]:
        if self.request.method != "POST":
            return super().get_actionable_objects()
        # What was shown, not what the listing's filter finds by now.
        found = self.get_queryset(Comment, self.seen)
        allowed = [comment for comment in found if self.check_perm(comment)]
        return allowed, {}

    @cached_property
    def seen(self) -> dict[int, str]:
        """The statuses in which the page showed the comments, by their keys."""
        parts = (part.split(":") for part in self.request.POST.get("seen", "").split())
        return {
            int(part[0]): part[1]
            for part in parts
            if len(part) == 2 and part[0].isdecimal() and len(part[0]) < 19
        }

    def seen_of(self, comments: list[Comment]) -> dict[int, str]:
        return {comment.pk: self.seen[comment.pk] for comment in comments}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        shown = [entry["item"] for entry in context["items"]]
        return context | {
            "title": self.display_name,
            "question": self.question,
            "seen": " ".join(f"{comment.pk}:{comment.status}" for comment in shown),
        }

    def get_execution_context(self) -> dict[str, Any]:
        return {"action": self}


class DecideBulkAction(CommentBulkAction):
    """Several comments get a status."""

    status: Status
    changes: list[decisions.Change]
    overtaken: int

    @classmethod
    def execute_action(
        cls, objects: list[Comment], action: Any = None, **kwargs: Any
    ) -> tuple[int, int]:
        action.changes, action.overtaken = decisions.decide_seen(
            action.seen_of(objects),
            cls.status,
            by=action.request.user,
            now=timezone.now(),
        )
        return len(action.changes), 0

    def get_success_message(self, changed: int, _none: int) -> SafeString | None:
        return offer_undo(
            self.request, self.changes, self.status, overtaken=self.overtaken
        )


class Approve(DecideBulkAction):
    display_name = _("Approve")
    action_type = "approve"
    aria_label = _("Approve the chosen comments")
    question = _("Shall these comments appear?")
    action_priority = 10
    status = Status.APPROVED


class Reject(DecideBulkAction):
    display_name = _("Reject")
    action_type = "reject"
    aria_label = _("Reject the chosen comments")
    question = _("Shall these comments be rejected?")
    action_priority = 20
    status = Status.REJECTED


class MarkAsSpam(DecideBulkAction):
    display_name = _("Spam")
    action_type = "spam"
    aria_label = _("Mark the chosen comments as spam")
    question = _("Are these comments spam?")
    action_priority = 30
    status = Status.SPAM


class Delete(CommentBulkAction):
    display_name = _("Delete")
    action_type = "delete"
    aria_label = _("Delete the chosen comments")
    question = _(
        "Shall these comments be deleted for good, with the answers to them? This cannot "
        "be undone."
    )
    action_priority = 40
    classes = {"serious"}
    permission = "delete"
    overtaken: int

    @classmethod
    def execute_action(
        cls, objects: list[Comment], action: Any = None, **kwargs: Any
    ) -> tuple[int, int]:
        seen = action.seen_of(objects)
        deleted, action.overtaken = decisions.delete_seen(seen, by=action.request.user)
        return deleted, 0

    def get_success_message(self, deleted: int, _none: int) -> str:
        text = ngettext(
            "%(deleted)d comment was deleted.",
            "%(deleted)d comments were deleted.",
            deleted,
        ) % {"deleted": deleted}
        return f"{text} {decided_by_others(self.overtaken)}".rstrip()


class CommentsPanel(Component):
    """On the dashboard: how many comments wait, and for how long."""

    name = "comments"
    order = 90
    template_name = "articles/admin/comments_panel.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        waiting = Comment.objects.awaiting().select_related("article")
        oldest = waiting.order_by("written_at").first()
        return {"waiting": waiting.count(), "oldest": oldest}


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Show the panel to those who decide about comments."""
    if request.user.has_perm("articles.change_comment"):
        panels.append(CommentsPanel())


def register_log_actions(actions: Any) -> None:
    """Say what the admin's history calls what was done to comments."""
    for name, label, message in [
        ("approve", _("Approve comment"), _("Comment approved")),
        ("reject", _("Reject comment"), _("Comment rejected")),
        ("spam", _("Mark comment as spam"), _("Comment marked as spam")),
        ("reopen", _("Reopen comment"), _("Comment waiting again")),
        ("redact", _("Redact comment"), _("Parts of the comment removed")),
        ("answer", _("Answer comment"), _("Answer of the clinic written")),
        ("delete", _("Delete comment"), _("Comment deleted")),
    ]:
        actions.register_action(f"comments.{name}", label, message)
