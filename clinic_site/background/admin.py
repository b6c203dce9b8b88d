"""What staff see when background work stands still, or did for long."""

from typing import Any

from django.utils import timezone
from wagtail.admin.ui.components import Component

from clinic_site.background import heartbeats


class WorkerPanel(Component):
    """Says on the dashboard that nothing is sent or published on time; else nothing."""

    name = "worker"
    template_name = "clinic_site/worker_panel.html"
    order = 10

    def get_context_data(
        self, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        now = timezone.now()
        return {
            "is_silent": heartbeats.is_silent(now),
            "last_beat": heartbeats.last_beat(now),
            "silences": heartbeats.silences(now),
        }
