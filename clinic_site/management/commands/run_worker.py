from typing import Any

from django.core.management.base import BaseCommand

from clinic_site.background.worker import Worker


class Command(BaseCommand):
    """Run background tasks and periodic jobs until stopped."""

    help = (
        "Run background tasks and periodic jobs, such as scheduled publishing. Any number "
        "of workers may run at once. SIGTERM lets the present task end."
    )

    def handle(self, **options: Any) -> None:
        Worker().run()
