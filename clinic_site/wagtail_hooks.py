from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from wagtail import hooks

from clinic_site.background.admin import WorkerPanel
from clinic_site.mail import admin as mail_admin

hooks.register("construct_homepage_panels", mail_admin.add_panel)
hooks.register("register_admin_urls", mail_admin.mail_urls)
hooks.register("register_reports_menu_item", mail_admin.mail_menu_item)


@hooks.register("insert_global_admin_css")
def admin_colours() -> SafeString:
    return format_html_join(
        "\n",
        '<link rel="stylesheet" href="{}">',
        [(static("identity/identity.css"),), (static("css/admin.css"),)],
    )


@hooks.register("insert_editor_js")
def saving_waits_for_autosave() -> SafeString:
    return format_html_join(
        "\n",
        '<script src="{}"></script>',
        [(static("staff/saving.js"),), (static("staff/table_captions.js"),)],
    )


@hooks.register("construct_homepage_panels")
def background_work(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(WorkerPanel())
