from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from clinic_info.newsletter.issue_states import ACTIONS


@hooks.register("register_log_actions")
def newsletter_log_actions(actions: LogActionRegistry) -> None:
    for name, label in ACTIONS.items():
        actions.register_action(name, label, label)
