"""What staff see of mails to single people that did not go out, or may not have arrived."""

from typing import Any

import django_filters
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.queue import send_again as queue_again

VIEW = "clinic_site.view_outgoingmail"
CHANGE = "clinic_site.change_outgoingmail"


class MailFilterSet(WagtailFilterSet):
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("Status"), choices=OutgoingMail.Status
    )

    class Meta:
        model = OutgoingMail
        fields = ["status"]


class MailReport(ReportView):
    """All mails that are remembered; who needs one sent again opens it."""

    page_title = gettext_lazy("Mails")
    header_icon = "mail"
    model = OutgoingMail
    index_url_name = "mail_report"
    index_results_url_name = "mail_report_results"
    filterset_class = MailFilterSet
    permission_policy = ModelPermissionPolicy(OutgoingMail)
    any_permission_required = ["view", "change"]
    default_ordering = "-queued_at"
    columns = [
        TitleColumn(
            "kind",
            label=gettext_lazy("Kind"),
            sort_key="kind",
            get_url=lambda mail: (
                reverse("mail_send_again", args=[mail.pk])
                if mail.recipient
                and mail.status
                in {OutgoingMail.Status.FAILED, OutgoingMail.Status.UNKNOWN}
                else None
            ),
        ),
        Column("recipient", label=gettext_lazy("To")),
        Column("get_status_display", label=gettext_lazy("Status"), sort_key="status"),
        Column("reason", label=gettext_lazy("What happened")),
        DateColumn("queued_at", label=gettext_lazy("Queued"), sort_key="queued_at"),
        DateColumn("tried_at", label=gettext_lazy("Tried"), sort_key="tried_at"),
    ]
    # Addresses leave the site by no report.
    list_export: list[str] = []

    @property
    def show_export_buttons(self) -> bool:
        return False

    def get_base_queryset(self) -> QuerySet[OutgoingMail]:
        return OutgoingMail.objects.all()


def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a failed or doubtful mail should be tried once more; on POST do so."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    mail = get_object_or_404(OutgoingMail, pk=pk)
    if request.method == "POST":
        if queue_again(mail.pk, timezone.now()):
            messages.success(request, _("It is sent once more."))
        else:
            messages.error(request, _("This is not possible any more."))
        return redirect(MailReport.index_url_name)
    context = {
        "mail": mail,
        "may_have_arrived": mail.status == OutgoingMail.Status.UNKNOWN,
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": reverse(MailReport.index_url_name), "label": _("Mails")},
            {"url": "", "label": _("Send again")},
        ],
        "header_title": _("Send again"),
        "header_icon": "mail",
    }
    return render(request, "clinic_site/mails/send_again.html", context)


class MailPanel(Component):
    """Says on the dashboard how many mails need somebody; else nothing."""

    name = "mails"
    template_name = "clinic_site/mails/panel.html"
    order = 15

    def get_context_data(
        self, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        waiting = OutgoingMail.objects.needing_a_person().exclude(recipient="")
        return {"number": waiting.count()}


def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    """Show the panel to who may do something about it."""
    if request.user.has_perm(CHANGE):
        panels.append(MailPanel())


class MailMenuItem(MenuItem):
    """The report's place in the menu, for those who may open it."""

    def is_shown(self, request: HttpRequest) -> bool:
        return any(request.user.has_perm(name) for name in (VIEW, CHANGE))


def mail_urls() -> list[URLPattern]:
    """Return the addresses of all this within the admin."""
    return [
        path("reports/mails/", MailReport.as_view(), name=MailReport.index_url_name),
        path(
            "reports/mails/results/",
            MailReport.as_view(results_only=True),
            name=MailReport.index_results_url_name,
        ),
        path("reports/mails/<int:pk>/again/", send_again, name="mail_send_again"),
    ]


def mail_menu_item() -> MenuItem:
    return MailMenuItem(
        _("Mails"),
        reverse(MailReport.index_url_name),
        name="mails",
        icon_name="mail",
        order=900,
    )
