from django.urls import URLPattern
from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet
from wagtail.log_actions import LogActionRegistry
from wagtail.snippets.models import register_snippet

from clinic_info.newsletter.dashboard import add_panel
from clinic_info.newsletter.issue_actions import issue_urls
from clinic_info.newsletter.issue_admin import IssueViewSet
from clinic_info.newsletter.issue_states import ACTIONS
from clinic_info.newsletter.subscriber_admin import SubscriberViewSet, subscriber_urls

register_snippet(IssueViewSet)
hooks.register("construct_homepage_panels", add_panel)


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
