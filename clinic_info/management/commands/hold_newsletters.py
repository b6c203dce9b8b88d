from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from clinic_info.newsletter.issue_states import hold_all


class Command(BaseCommand):
    """Have no newsletter go out by itself, after a backup was restored."""

    help = (
        "Pause the newsletters that are being sent and take the others off the schedule. "
        "Run it after a backup was restored, before the worker starts."
    )

    def handle(self, **options: Any) -> None:
        held = hold_all(timezone.now())
        self.stdout.write(f"Newsletters held until somebody goes on with them: {held}")
