from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet
from wagtail.log_actions import LogActionRegistry
from wagtail.snippets.models import register_snippet

from clinic_info.newsletter.dashboard import add_panel
from clinic_info.newsletter.issue_actions import issue_urls
from clinic_info.newsletter.issue_admin import IssueViewSet, keep_what_was_sent
from clinic_info.newsletter.issue_states import ACTIONS
from clinic_info.newsletter.subscriber_admin import SubscriberViewSet, subscriber_urls
from clinic_info.notices.admin import NoticeViewSet
from clinic_info.opening_hours import changes
from clinic_info.opening_hours.admin import OpeningHoursViewSet
from clinic_info.opening_hours.dashboard import HoursPanel

register_snippet(NoticeViewSet)
register_snippet(IssueViewSet)
hooks.register("construct_homepage_panels", add_panel)
hooks.register("before_delete_snippet", keep_what_was_sent)


@hooks.register("register_admin_viewset")
def register_opening_hours() -> ViewSet:
    return OpeningHoursViewSet()


@hooks.register("register_permissions")
def let_groups_change_hours() -> QuerySet[Permission]:
    return Permission.objects.filter(
        content_type__app_label="clinic_info", codename="change_openinghours"
    )


@hooks.register("construct_homepage_panels")
def add_hours_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(HoursPanel())


@hooks.register("register_log_actions")
def name_changes_of_hours(actions: LogActionRegistry) -> None:
    for action, label, message in [
        (changes.CHANGE, _("Change hours"), _("Opening hours changed")),
        (changes.CLOSE, _("Close from now"), _("Closed from now")),
        (changes.REOPEN, _("Open again"), _("Unplanned closure taken back")),
        (
            changes.HOLIDAY,
            _("Confirm holiday"),
            _("Hours of a public holiday confirmed"),
        ),
    ]:
        actions.register_action(action, label, message)


@hooks.register("register_log_actions")
def newsletter_log_actions(actions: LogActionRegistry) -> None:
    for name, label in ACTIONS.items():
        actions.register_action(name, label, label)


@hooks.register("register_admin_urls")
def newsletter_urls() -> list[URLPattern]:
    return [*issue_urls(), *subscriber_urls()]


@hooks.register("register_admin_viewset")
def register_subscribers() -> ViewSet:
    return SubscriberViewSet()
