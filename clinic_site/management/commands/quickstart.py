import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from clinic_site.background.worker import run_waiting_tasks

ADMINISTRATOR = "admin"


class Command(BaseCommand):
    """Bring a site from nothing to its first page; on a site that stands, only migrate."""

    help = "Migrate, load the sample content, and create an administrator."

    def handle(self, **options: Any) -> None:
        self.stdout.write("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        user_model = get_user_model()
        # The administrator comes last: whoever has one has everything before it.
        if user_model.objects.exists():
            return
        for loader in settings.SAMPLE_LOADERS:
            import_string(loader)(self.stdout.write)
        self.stdout.write("Encoding pictures")
        run_waiting_tasks()
        password = secrets.token_urlsafe(12)
        user_model.objects.create_superuser(ADMINISTRATOR, password=password)
        self.stdout.write("")
        self.stdout.write(f"  Site   {settings.SITE_URL}/")
        self.stdout.write(f"  Admin  {settings.SITE_URL}/admin/")
        self.stdout.write(f"  User   {ADMINISTRATOR}")
        self.stdout.write(f"  Password, shown only this once: {password}")
        self.stdout.write("  Change it in the admin, under your name, “Account”.")
        self.stdout.write("")
