"""Signing up, confirming and leaving: pages without a session that change nothing on GET."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clinic_info.newsletter import answers, subscriptions
from clinic_info.newsletter.forms import SignUpForm
from clinic_info.newsletter.models import Subscriber
from clinic_info.newsletter.signup import sign_up as ask_for_mail
from clinic_info.newsletter.signup import tell_staff_of_flood
from clinic_info.newsletter.tokens import find_confirm_token, subscriber_id
from clinic_info.newsletter.wordings import PRESENT, wording
from clinic_site.abuse.senders import client_address, same_site_posts
from clinic_site.clinic_day import clinic_day
from clinic_site.mail.queue import queue

FOLDER = "clinic_info/newsletter"
Status = Subscriber.Status


def with_token(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep a page whose address holds a secret out of caches and search engines."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return require_http_methods(["GET", "HEAD", "POST"])(same_site_posts(answered))


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_posts
@never_cache
def sign_up(request: HttpRequest) -> HttpResponse:
    """Show the form; on POST have a mail sent and say the same to everyone."""
    now = timezone.now()
    if request.method != "POST":
        form = SignUpForm(now=now, page=request.path)
        return _sign_up_page(request, form)
    form = SignUpForm(request.POST, now=now, address=client_address(request))
    if form.is_trapped:
        form.note_refusal("trap")
        return _see_other("newsletter_check_inbox")
    if not (
        form.has_room() and form.has_good_stamp() and form.is_valid() and form.admit()
    ):
        if form.is_flooded:
            tell_staff_of_flood(now)
        return _sign_up_page(request, form, status=422)
    asked = subscriptions.Asked(
        now, form.cleaned_data["page"], form.cleaned_data["wording"]
    )
    ask_for_mail(form.cleaned_data["email"], asked)
    return _see_other("newsletter_check_inbox")


@require_http_methods(["GET", "HEAD"])
@never_cache
def check_inbox(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way."""
    return answers.CHECK_INBOX.page(request)


@with_token
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to subscribe; on POST do so. An expired link gets a new one sent."""
    now = timezone.now()
    found = find_confirm_token(token)
    if found is None:
        return answers.UNKNOWN_LINK.page(request, 404)
    is_done = found.used_at is not None
    if not is_done and found.expires_at <= now:
        if request.method == "POST":
            # The ledger has the wording of the first time; none is shown here.
            ask_for_mail(found.subscriber.email, subscriptions.Asked(now))
            return _see_other("newsletter_check_inbox")
        return answers.EXPIRED_LINK.page(request, 410)
    if request.method == "POST" and not is_done:
        is_done = subscriptions.confirm(found, now)
        if not is_done:
            return answers.UNKNOWN_LINK.page(request, 404)
    answer = answers.CONFIRMED if is_done else answers.MAY_CONFIRM
    return answer.page(request)


@with_token
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask what to do; on POST do it. A bare POST unsubscribes (RFC 8058).

    An unknown token gets the same answers, and nothing happens.
    """
    if request.method != "POST":
        return render(request, f"{FOLDER}/unsubscribe.html")
    wish = request.POST.get("wish", "")
    act = WISHES.get(wish, _unsubscribe)
    return act(request, subscriber_id(token))


def _unsubscribe(request: HttpRequest, public_id: UUID | None) -> HttpResponse:
    if public_id:
        subscriptions.unsubscribe(public_id, timezone.now())
    return answers.UNSUBSCRIBED.page(request)


def _take_back(request: HttpRequest, public_id: UUID | None) -> HttpResponse:
    now = timezone.now()
    is_back = bool(public_id and subscriptions.take_back(public_id, now))
    return (answers.STAYS if is_back else answers.TOO_LATE).page(request)


def _send_data(request: HttpRequest, public_id: UUID | None) -> HttpResponse:
    now = timezone.now()
    subscriber = Subscriber.objects.filter(public_id=public_id).first()
    if subscriber is not None:
        queue(
            "newsletter_data",
            key=f"newsletter-data:{clinic_day(now)}:{subscriber.pk}",
            recipient=subscriber.email,
            reference=str(subscriber.public_id),
            now=now,
        )
    return answers.DATA_SENT.page(request)


def _erase(request: HttpRequest, public_id: UUID | None) -> HttpResponse:
    if public_id:
        subscriptions.erase(public_id, timezone.now())
    return answers.ERASED.page(request)


# What the buttons of the page ask for; anything else unsubscribes.
WISHES = {"stay": _take_back, "data": _send_data, "erase": _erase}


def _sign_up_page(
    request: HttpRequest, form: SignUpForm, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "action": reverse("newsletter"),
        "wording": wording(PRESENT),
    }
    return render(request, f"{FOLDER}/sign_up.html", context, status=status)


def _see_other(name: str) -> HttpResponseRedirect:
    response = redirect(name)
    response.status_code = 303
    return response
