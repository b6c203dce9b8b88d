"""One comment in the admin: all that helps to decide, and every decision one key away."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from articles.comments import decisions, privacy_rules, threads
from articles.comments.models import LONGEST_TEXT, Comment
from articles.comments.submission import TextField, says_something, tidy_text
from articles.comments.undoing import offer_undo

Status = Comment.Status
DECISIONS = {
    "approve": Status.APPROVED,
    "reject": Status.REJECTED,
    "spam": Status.SPAM,
    "reopen": Status.AWAITING,
}
OTHERS_SHOWN = 10


class RedactionForm(forms.Form):
    """What is taken out of a comment: marked parts by their number, and words of staff's.

    `seen` is the fingerprint of what the numbers were read from.
    """

    parts = forms.MultipleChoiceField(required=False)
    words = forms.CharField(required=False, max_length=LONGEST_TEXT)
    seen = forms.CharField()

    def __init__(self, comment: Comment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.marked = marked(comment)
        numbers = range(len(self.marked))
        self.fields["parts"].choices = [(str(n), str(n)) for n in numbers]

    def wanted(self) -> list[str]:
        words = self.cleaned_data["words"].splitlines()
        numbers = self.cleaned_data["parts"]
        return [*(self.marked[int(n)].text for n in numbers), *words]


class AnswerForm(forms.Form):
    """The clinic's answer to a comment."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_(
            "Who answers, as readers see it beside the badge “Clinic”. For example: "
            "Nurse Okafor."
        ),
    )
    answer = TextField(
        label=_("Answer"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("It appears at once, and the comment with it if it still waits."),
    )

    def clean_answer(self) -> str:
        text = tidy_text(self.cleaned_data["answer"])
        if not says_something(text):
            raise forms.ValidationError(gettext("Please write something."))
        return text


class CommentView(PermissionCheckedMixin, WagtailAdminTemplateMixin, View):
    """Show a comment and carry out what is decided about it."""

    any_permission_required = ["change", "view", "delete"]
    permission_policy = None
    model = Comment
    header_icon = "comment"
    index_url_name = "comments:index"
    history_url_name = "comments:history"
    template_name = "articles/admin/comment.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.comment is None:
            return self._gone()
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.comment is None:
            return self._gone()
        action = request.POST.get("action", "")
        try:
            if action in DECISIONS:
                return self._decide(DECISIONS[action])
            if action == "delete":
                return self._delete()
            if action in {"redact", "redact_approve"}:
                return self._redact(approve=action == "redact_approve")
            if action == "answer":
                return self._answer()
        except decisions.GoneError:
            return self._gone()
        except decisions.DecidedError as error:
            messages.warning(request, decided_meanwhile(error.comment))
        return redirect("comments:edit", pk)

    @cached_property
    def comment(self) -> Comment | None:
        comments = Comment.objects.select_related(
            "article", "parent", "decided_by", "answered_by"
        )
        return comments.filter(pk=self.kwargs["pk"]).first()

    def may(self, action: str) -> bool:
        return bool(self.request.user.has_perm(f"articles.{action}_comment"))

    def get_page_title(self) -> str:
        return gettext("Comment by %(name)s") % {"name": self.comment.name}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": _("Comments")},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        comment = self.comment
        others = Comment.objects.by_same_writer(comment).select_related("article")
        user = self.request.user
        name = user.get_full_name() or gettext("The clinic")
        return super().get_context_data(**kwargs) | {
            "comment": comment,
            "pieces": pieces(comment.text),
            "name_pieces": pieces(comment.name),
            "spans": marked(comment),
            "fingerprint": decisions.fingerprint(comment),
            "others": others.order_by("-written_at")[:OTHERS_SHOWN],
            "others_total": others.count(),
            "replies": comment.replies.order_by("written_at"),
            "address": threads.address_of(comment) if comment.is_shown else "",
            "answer_form": kwargs.get("answer_form")
            or AnswerForm(initial={"name": name}),
            "may_change": self.may("change"),
            "may_delete": self.may("delete"),
            "may_answer": self.may("answer") and self._can_be_answered,
            "waiting": Comment.objects.awaiting().exclude(pk=comment.pk).count(),
        }

    @property
    def _can_be_answered(self) -> bool:
        parent = self.comment.parent
        if parent is not None and parent.status in {Status.REJECTED, Status.SPAM}:
            return False
        return self.comment.is_shown or self.may("change")

    @property
    def _seen_status(self) -> str:
        return str(self.request.POST.get("seen_status", ""))

    def _require(self, action: str) -> None:
        if not self.may(action):
            raise PermissionDenied

    def _decide(self, status: Comment.Status) -> HttpResponse:
        self._require("change")
        changes = decisions.decide(
            [self.comment.pk],
            status,
            by=self.request.user,
            now=timezone.now(),
            seen=self._seen_status,
        )
        messages.success(self.request, offer_undo(self.request, changes, status))
        return self._next()

    def _delete(self) -> HttpResponse:
        self._require("delete")
        if not decisions.delete(
            [self.comment.pk], by=self.request.user, seen=self._seen_status
        ):
            raise decisions.GoneError(self.comment.pk)
        messages.success(self.request, gettext("1 comment was deleted."))
        return self._next()

    def _redact(self, *, approve: bool) -> HttpResponse:
        self._require("change")
        form = RedactionForm(self.comment, self.request.POST)
        try:
            done = form.is_valid() and decisions.redact(
                self.comment.pk,
                form.wanted(),
                by=self.request.user,
                seen=form.cleaned_data["seen"],
            )
        except decisions.ChangedError:
            form.add_error("seen", "")
        if not form.is_valid():
            messages.error(
                self.request, gettext("The comment has changed: please look again.")
            )
            return redirect("comments:edit", self.comment.pk)
        if not done:
            messages.warning(
                self.request,
                gettext("Nothing was taken out: these words are not in it."),
            )
            return redirect("comments:edit", self.comment.pk)
        if approve:
            return self._decide(Status.APPROVED)
        messages.success(self.request, gettext("Taken out for good."))
        return redirect("comments:edit", self.comment.pk)

    def _answer(self) -> HttpResponse:
        self._require("answer")
        form = AnswerForm(self.request.POST)
        if not form.is_valid():
            return self._ask_again(form, 422)
        try:
            decisions.answer(
                self.comment.pk,
                form.cleaned_data["answer"],
                name=form.cleaned_data["name"],
                by=self.request.user,
                now=timezone.now(),
                seen=self._seen_status,
            )
        except decisions.DecidedError as error:
            form.add_error(None, decided_meanwhile(error.comment))
        except decisions.RefusedParentError:
            form.add_error(None, _("What it answers was rejected: approve that first."))
        except PermissionDenied:
            form.add_error(None, _("You may answer only what has been approved."))
        if not form.is_valid():
            return self._ask_again(form, 409)
        messages.success(self.request, gettext("Your answer has appeared."))
        return self._next()

    def _ask_again(self, form: AnswerForm, status: int) -> HttpResponse:
        """Show the comment as it is by now, with the answer as it was typed."""
        del self.comment
        if self.comment is None:
            return self._gone()
        context = self.get_context_data(answer_form=form) | {"may_answer": True}
        return self.render_to_response(context, status=status)

    def _next(self) -> HttpResponse:
        """Go on to the comment that has waited longest, or back to the list."""
        waiting = Comment.objects.awaiting().order_by("written_at")
        following = waiting.exclude(pk=self.comment.pk).first()
        if following is None:
            return redirect("comments:index")
        return redirect("comments:edit", following.pk)

    def _gone(self) -> HttpResponse:
        typed = self.request.POST.get("answer", "")
        if typed and self.may("answer"):
            context = {"typed": typed}
            return render(
                self.request, "articles/admin/comment_gone.html", context, status=410
            )
        messages.warning(
            self.request, gettext("Somebody has deleted this comment meanwhile.")
        )
        return redirect("comments:index")


def decided_meanwhile(comment: Comment) -> str:
    """Return what to tell somebody whose decision would undo another's."""
    decider = comment.decided_by
    return gettext(
        "Nothing was changed: %(who)s came first. Status now: %(status)s."
    ) % {
        "who": (decider and (decider.get_full_name() or decider.get_username()))
        or gettext("somebody else"),
        "status": comment.get_status_display(),
    }


def marked(comment: Comment) -> list[privacy_rules.Span]:
    """Return what stands out in a comment and its writer's name, each text once."""
    found = privacy_rules.find(comment.name) + privacy_rules.find(comment.text)
    return list({span.text: span for span in found}.values())


def pieces(text: str) -> list[tuple[str, str]]:
    """Return a text in pieces, each with the kind of thing that it looks like, or ""."""
    found, end = [], 0
    for span in privacy_rules.find(text):
        found += [(text[end : span.start], ""), (span.text, span.kind)]
        end = span.end
    return [piece for piece in [*found, (text[end:], "")] if piece[0]]
