"""Taking a decision back: offered with the message that it was made."""

from datetime import datetime
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.views import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permission_policies import ModelPermissionPolicy

from articles.comments import decisions
from articles.comments.models import Comment

SALT = "articles.comments.undo"
# A day later nobody means this message any more.
SECONDS = 24 * 60 * 60
DONE = {
    Comment.Status.APPROVED: lambda n: ngettext(
        "%(n)d comment approved.", "%(n)d comments approved.", n
    ),
    Comment.Status.REJECTED: lambda n: ngettext(
        "%(n)d comment rejected.", "%(n)d comments rejected.", n
    ),
    Comment.Status.SPAM: lambda n: ngettext(
        "%(n)d comment marked as spam.", "%(n)d comments marked as spam.", n
    ),
    Comment.Status.AWAITING: lambda n: ngettext(
        "%(n)d comment waits again.", "%(n)d comments wait again.", n
    ),
}


def offer_undo(
    request: HttpRequest,
    changes: list[decisions.Change],
    status: Comment.Status,
    overtaken: int = 0,
) -> SafeString | str:
    """Return the message about a decision, with a button that takes it back.

    `overtaken` counts those that were left alone because somebody else had decided.
    """
    done = DONE[status](len(changes)) % {"n": len(changes)}
    text = f"{done} {decided_by_others(overtaken)}".rstrip()
    if not changes:
        return gettext("Nothing has changed: somebody else was quicker.")
    stored = [
        (*change[:3], change.decided_at and change.decided_at.isoformat())
        for change in changes
    ]
    return render_to_string(
        "articles/admin/comments_undo.html",
        {
            "text": text,
            "token": signing.dumps([status, stored], salt=SALT, compress=True),
            "csrf_token": get_token(request),
            "next": request.GET.get("next", ""),
        },
    )


def decided_by_others(comments: int) -> str:
    """Return how many comments somebody else has decided about, "" if none."""
    if not comments:
        return ""
    return ngettext(
        "%(n)d was decided by somebody else meanwhile.",
        "%(n)d were decided by somebody else meanwhile.",
        comments,
    ) % {"n": comments}


class Undo(PermissionCheckedMixin, View):
    """Take back the decisions that a message was about."""

    permission_policy = ModelPermissionPolicy(Comment)
    permission_required = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any) -> HttpResponse:
        address = get_valid_next_url_from_request(request) or "comments:index"
        try:
            status, stored = signing.loads(
                request.POST.get("token", ""), salt=SALT, max_age=SECONDS
            )
        except signing.BadSignature:
            messages.error(request, gettext("This can no longer be undone."))
            return redirect(address)
        done = decisions.undo(
            [
                decisions.Change(*change, at and datetime.fromisoformat(at))
                for *change, at in stored
            ],
            Comment.Status(status),
            by=request.user,
            now=timezone.now(),
        )
        messages.success(
            request,
            ngettext(
                "Undone for %(done)d comment.", "Undone for %(done)d comments.", done
            )
            % {"done": done},
        )
        return redirect(address)
