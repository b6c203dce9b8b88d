"""What staff do with an issue once it is written: test, schedule, send, pause, look after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from wagtail.admin.widgets import AdminDateTimeInput
from wagtail.log_actions import log
from wagtail.log_actions import registry as log_registry

from clinic_info.newsletter import issue_states
from clinic_info.newsletter.figures import figures_of
from clinic_info.newsletter.issue_mail import MOST_BYTES, left_out, rendered
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery, Subscriber
from clinic_site.mail.queue import queue

FOLDER = "clinic_info/newsletter/admin"
SEND = "clinic_info.send_issue"
MAY_SEE = ["clinic_info.view_issue", "clinic_info.change_issue", SEND]
MOST_DOUBTFUL = 50
MOST_LOG_ENTRIES = 50

Status = Issue.Status


@dataclass(frozen=True)
class Step:
    """Something that is done to an issue after a question. `states`: when it can be."""

    name: str
    label: Any
    question: Callable[[Issue], str]
    act: Callable[..., object]
    states: tuple[str, ...]
    is_serious: bool = False
    is_of_use: Callable[[Issue], bool] = lambda _issue: True


class ScheduleForm(forms.Form):
    at = forms.DateTimeField(
        label=gettext_lazy("Send at"),
        widget=AdminDateTimeInput,
        help_text=gettext_lazy(
            "In the clinic's own time. For example: 2026-03-15 09:00. It goes out within a "
            "minute of it, to everyone who is subscribed then."
        ),
    )


def _how_many(issue: Issue) -> str:
    number = Subscriber.objects.confirmed().count()
    return ngettext(
        "“%(subject)s” goes to %(number)d subscriber now. This cannot be called back.",
        "“%(subject)s” goes to %(number)d subscribers now. This cannot be called back.",
        number,
    ) % {"subject": issue.subject, "number": number}


STEPS = {
    step.name: step
    for step in [
        Step(
            "send",
            gettext_lazy("Send now"),
            _how_many,
            issue_states.start,
            (Status.DRAFT, Status.SCHEDULED),
        ),
        Step(
            "unschedule",
            gettext_lazy("Take off the schedule"),
            lambda issue: _("It becomes a draft again and is not sent by itself."),
            issue_states.unschedule,
            (Status.SCHEDULED,),
        ),
        Step(
            "pause",
            gettext_lazy("Pause"),
            lambda issue: _("Nothing more is sent until somebody resumes it."),
            issue_states.pause,
            (Status.SENDING,),
        ),
        Step(
            "resume",
            gettext_lazy("Resume"),
            lambda issue: (
                ngettext(
                    "%(number)d mail that has not been sent yet goes out.",
                    "%(number)d mails that have not been sent yet go out.",
                    figures_of(issue).waiting,
                )
                % {"number": figures_of(issue).waiting}
            ),
            issue_states.resume,
            (Status.PAUSED,),
        ),
        Step(
            "again",
            gettext_lazy("Try the failed ones again"),
            lambda issue: (
                ngettext(
                    "%(number)d mail that the server did not accept goes out again.",
                    "%(number)d mails that the server did not accept go out again.",
                    issue_states.failed(issue.pk).count(),
                )
                % {"number": issue_states.failed(issue.pk).count()}
            ),
            issue_states.try_failed_again,
            (Status.SENDING, Status.PAUSED, Status.SENT),
            is_of_use=lambda issue: issue_states.failed(issue.pk).exists(),
        ),
        Step(
            "cancel",
            gettext_lazy("Cancel for good"),
            lambda issue: _(
                "Nothing more of it is sent, ever. What has been sent stays sent."
            ),
            issue_states.cancel,
            (Status.SCHEDULED, Status.SENDING, Status.PAUSED),
            is_serious=True,
        ),
    ]
}


def hub(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an issue is and what became of its mails, with what can be done."""
    issue = _issue(request, pk, *MAY_SEE)
    size = rendered(issue).size() if issue.is_editable else 0
    in_doubt = Delivery.objects.needing_a_person().filter(issue=issue)
    context = {
        "issue": issue,
        "edit_url": reverse(
            Issue.snippet_viewset.get_url_name("edit"), args=[issue.pk]
        ),
        "figures": figures_of(issue),
        "steps": [
            step
            for step in STEPS.values()
            if issue.status in step.states and step.is_of_use(issue)
        ],
        "may_send": request.user.has_perm(SEND),
        "may_change": request.user.has_perm("clinic_info.change_issue"),
        "subscribers": Subscriber.objects.confirmed().count(),
        "is_too_long": size > MOST_BYTES,
        "left_out": left_out(issue) if issue.is_editable else [],
        "size": size,
        "doubtful": in_doubt.select_related("subscriber").order_by("pk")[
            :MOST_DOUBTFUL
        ],
        "sendable": issue_states.doubtful(issue.pk).count(),
        "log": log_registry.get_logs_for_instance(issue).select_related("user")[
            :MOST_LOG_ENTRIES
        ],
        **_frame(issue),
    }
    return render(request, f"{FOLDER}/hub.html", context)


def preview(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    """Show an issue as it looks in a mail program."""
    issue = _issue(request, pk, *MAY_SEE)
    if mode not in {name for name, _label in Issue.preview_modes}:
        raise Http404
    return issue.serve_preview(request, mode)


@require_POST
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an issue as it stands to the member of staff who asks."""
    issue = _issue(request, pk, "clinic_info.change_issue", SEND)
    user, now = request.user, timezone.now()
    if not user.email:
        messages.error(
            request, _("Your account has no email address to send a test to.")
        )
        return redirect("newsletter_issue_hub", issue.pk)
    moment = f"{issue.pk}:{now.timestamp()}"
    queue(
        "newsletter_test",
        key=f"newsletter-test:{user.pk}:{moment}",
        recipient=user.email,
        reference=moment,
        now=now,
    )
    log(instance=issue, action="newsletter.test", user=user)
    messages.success(
        request, _("A test is on its way to %(email)s.") % {"email": user.email}
    )
    return redirect("newsletter_issue_hub", issue.pk)


def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a time, and have the issue sent then."""
    issue = _issue(request, pk, SEND)
    form = ScheduleForm(request.POST or None, initial={"at": issue.scheduled_at})
    if form.is_valid():
        at = form.cleaned_data["at"]
        try:
            issue_states.schedule(issue.pk, at, timezone.now(), request.user)
        except issue_states.IssueStateError as error:
            form.add_error("at", str(error))
        else:
            moment = date_format(timezone.localtime(at), "DATETIME_FORMAT")
            messages.success(
                request, _("It is sent on %(moment)s.") % {"moment": moment}
            )
            return redirect("newsletter_issue_hub", issue.pk)
    context = {"form": form, "issue": issue, **_frame(issue, _("Schedule"))}
    status = 422 if form.errors else 200
    return render(request, f"{FOLDER}/schedule.html", context, status=status)


def take_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Ask whether to do something to an issue; on POST do it."""
    issue = _issue(request, pk, SEND)
    step = STEPS.get(name)
    if step is None:
        raise Http404
    if request.method == "POST":
        try:
            step.act(issue.pk, timezone.now(), request.user)
        except ValueError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Done: %(step)s.") % {"step": step.label})
        return redirect("newsletter_issue_hub", issue.pk)
    return _question(request, issue, step.label, step.question(issue), step.is_serious)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether doubtful mails, chosen ones or all, should go out once more; then do it."""
    issue = _issue(request, pk, SEND)
    chosen = {"all"} & request.POST.keys() or set(request.POST.getlist("delivery"))
    keys = [
        key
        for key in issue_states.doubtful(issue.pk).values_list("pk", flat=True)
        if "all" in chosen or str(key) in chosen
    ]
    number = len(keys)
    if not keys:
        messages.error(request, _("Choose a mail that can still be sent again."))
        return redirect("newsletter_issue_hub", issue.pk)
    if request.POST.get("number") == str(number):
        issue_states.send_again(issue.pk, keys, timezone.now(), request.user)
        messages.success(
            request,
            ngettext(
                "%(number)d mail is sent once more.",
                "%(number)d mails are sent once more.",
                number,
            )
            % {"number": number},
        )
        return redirect("newsletter_issue_hub", issue.pk)
    question = ngettext(
        "%(number)d mail goes out once more. It may have arrived already: then "
        "%(number)d person gets it twice.",
        "%(number)d mails go out once more. They may have arrived already: then up to "
        "%(number)d people get it twice.",
        number,
    ) % {"number": number}
    # If there are others by the time of the answer, it is asked anew.
    fields = [("number", number)]
    fields += [("all", 1)] if "all" in chosen else [("delivery", key) for key in keys]
    return _question(
        request, issue, _("Send again"), question, is_serious=True, fields=fields
    )


def issue_urls() -> list[URLPattern]:
    """Return the addresses of all this within the admin."""
    base = "newsletter/issues/<int:pk>"
    return [
        path(f"{base}/", hub, name="newsletter_issue_hub"),
        path(f"{base}/preview/<str:mode>/", preview, name="newsletter_issue_preview"),
        path(f"{base}/test/", send_test, name="newsletter_issue_test"),
        path(f"{base}/schedule/", schedule, name="newsletter_issue_schedule"),
        path(f"{base}/step/<str:name>/", take_step, name="newsletter_issue_step"),
        path(f"{base}/again/", send_again, name="newsletter_issue_send_again"),
    ]


def _issue(request: HttpRequest, pk: int, *permissions: str) -> Issue:
    """Return an issue. Raises PermissionDenied for who has none of the permissions."""
    if not any(request.user.has_perm(name) for name in permissions):
        raise PermissionDenied
    return get_object_or_404(Issue, pk=pk)


def _question(
    request: HttpRequest,
    issue: Issue,
    label: Any,
    question: str,
    is_serious: bool,
    fields: Sequence[tuple[str, int]] = (),
) -> HttpResponse:
    context = {
        "fields": fields,
        "issue": issue,
        "label": label,
        "question": question,
        "is_serious": is_serious,
        "back_url": reverse("newsletter_issue_hub", args=[issue.pk]),
        **_frame(issue, label),
    }
    return render(request, f"{FOLDER}/question.html", context)


def _frame(issue: Issue, label: Any = "") -> dict[str, Any]:
    """Return what Wagtail's own frame shows: title and the way back."""
    listing = Issue.snippet_viewset.get_url_name("list")
    steps = [
        {"url": reverse("wagtailadmin_home"), "label": _("Home")},
        {"url": reverse(listing), "label": _("Newsletter issues")},
        {
            "url": reverse("newsletter_issue_hub", args=[issue.pk]),
            "label": issue.subject,
        },
    ]
    if label:
        steps.append({"url": "", "label": label})
    return {
        "breadcrumbs_items": steps,
        "header_title": f"{label or _('Newsletter issue')}: {issue.subject}",
        "header_icon": "mail",
        "history_url": None,
    }
