"""How staff find, write, copy and preview issues."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.log_actions import log
from wagtail.snippets.views.snippets import (
    CopyView,
    CreateView,
    EditView,
    IndexView,
    SnippetViewSet,
)

from clinic_info.newsletter.digest import digest
from clinic_info.newsletter.issues import Issue


def _moment(text: str) -> datetime | None:
    """Return a moment as an address holds it; None for what is none, or is to come."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo and moment <= timezone.now() else None


def hub_url(issue: Issue) -> str:
    """Return where staff test, schedule and send an issue."""
    return reverse("newsletter_issue_hub", args=[issue.pk])


class IssueIndexView(IndexView):
    """The list of issues; one that was sent opens its report."""

    def get_edit_url(self, instance: Issue) -> str:
        edit_url: str | None = super().get_edit_url(instance)
        return edit_url if edit_url and instance.is_editable else hub_url(instance)

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [
            *super().header_more_buttons,
            Button(_("Earlier issues on the site"), reverse("newsletter_archive")),
        ]

    @cached_property
    def header_buttons(self) -> list[Button]:
        buttons = super().header_buttons
        if self.add_url:
            buttons = [
                *buttons,
                HeaderButton(
                    _("Digest of new articles"),
                    url=f"{self.add_url}?digest=1",
                    icon_name="doc-full",
                ),
            ]
        return buttons


class IssueCreateView(CreateView):
    """A new issue, empty or a digest of what is new since the last one."""

    @cached_property
    def draft(self) -> Issue | None:
        """Return what the form begins with."""
        name = "digest"
        if name not in self.request.GET:
            return None
        if self.request.method == "GET":
            return digest(timezone.now())
        # What has become new while it was written is left to the next digest.
        return Issue(new_until=_moment(self.request.GET[name]))

    def get_initial_form_instance(self) -> Issue | None:
        return self.draft

    def get_add_url(self) -> str:
        url: str = super().get_add_url()
        if self.draft is None or self.draft.new_until is None:
            return url
        return f"{url}?{urlencode({'digest': self.draft.new_until.isoformat()})}"

    def get_success_url(self) -> str:
        return hub_url(self.object)


class IssueCopyView(CopyView):
    """A copy starts as a draft that nobody has got."""

    def get_initial_form_instance(self) -> Issue:
        return self.get_object().with_defaults_of_a_draft()

    def get_success_url(self) -> str:
        return hub_url(self.object)


class IssueEditView(EditView):
    """The editor; what is being sent or was sent is not changed any more."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.object.is_editable:
            messages.warning(request, _("This issue cannot be changed any more."))
            return redirect(hub_url(self.object))
        return super().dispatch(request, *args, **kwargs)

    def save_instance(self) -> Issue:
        # Only its text: the status may have changed since it was read.
        issue: Issue = self.form.save(commit=False)
        is_open = [Issue.Status.DRAFT, Issue.Status.SCHEDULED]
        if not Issue.objects.filter(pk=issue.pk, status__in=is_open).exists():
            return Issue.objects.get(pk=issue.pk)
        # Somebody has looked; what still stands in the way is said again when it is due.
        issue.remark = ""
        issue.save(update_fields=[*self.form.cleaned_data, "remark"])
        log(instance=issue, action="wagtail.edit", content_changed=True)
        return issue

    def get_success_url(self) -> str:
        return hub_url(self.object)


def keep_what_was_sent(
    request: HttpRequest, instances: Iterable[Model]
) -> HttpResponse | None:
    """Refuse to delete issues, one or many, of which one was sent: they are a record."""
    for one in instances:
        if isinstance(one, Issue) and one.deliveries.exists():
            messages.error(request, _("An issue that was sent cannot be deleted."))
            return redirect(hub_url(one))
    return None


class IssueViewSet(SnippetViewSet):
    """The issues of the newsletter."""

    model = Issue
    icon = "mail"
    menu_label = _("Newsletter")
    menu_order = 140
    add_to_admin_menu = True
    list_display = [
        "subject",
        Column("get_status_display", label=_("Status"), sort_key="status"),
        DateColumn("scheduled_at", label=_("Scheduled for"), sort_key="scheduled_at"),
        DateColumn("started_at", label=_("Sent"), sort_key="started_at"),
    ]
    list_filter = ["status"]
    search_fields = ["subject"]
    search_backend_name = None
    ordering = ["-created_at", "-pk"]
    index_view_class = IssueIndexView
    add_view_class = IssueCreateView
    copy_view_class = IssueCopyView
    edit_view_class = IssueEditView
