"""Where staff write notices."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSet

from clinic_info.notices.models import Notice


class NoticeViewSet(SnippetViewSet):
    """The notices of the whole site, the latest first."""

    model = Notice
    icon = "warning"
    menu_label = _("Notices")
    menu_order = 150
    add_to_admin_menu = True
    list_display = ["text", "urgency", "starts_at", "ends_at"]
    list_filter = ["urgency"]
    copy_view_enabled = False
