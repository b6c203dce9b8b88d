"""The newsletter on the dashboard."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from wagtail.admin.ui.components import Component

from clinic_info.newsletter.figures import growth, issues_needing_a_person


class NewsletterPanel(Component):
    """Says how many subscribe, how that changes, and which issues stand still."""

    name = "newsletter"
    template_name = "clinic_info/newsletter/admin/panel.html"
    order = 60

    def get_context_data(
        self, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        now = timezone.now()
        return {"growth": growth(now), "issues": issues_needing_a_person(now)}


def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    """Show the panel to who may see subscribers."""
    if request.user.has_perm("clinic_info.view_subscriber"):
        panels.append(NewsletterPanel())
