"""The form below an article."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from articles.comments.models import (
    LONGEST_NAME,
    LONGEST_TEXT,
    Comment,
    CommentSettings,
)
from articles.comments.submission import (
    TextField,
    Written,
    says_something,
    tidy_line,
    tidy_text,
)
from clinic_site.abuse import content
from clinic_site.abuse.guarded_form import GuardedForm
from clinic_site.abuse.limits import Limit

TEN_MINUTES = timedelta(minutes=10)
SHORTEST_SAME_TEXT = 40


class CommentForm(GuardedForm):
    """What a reader fills in to comment on an article, or to answer a comment."""

    purpose = "comment"
    per_address = Limit("comment_address", most=5, within=TEN_MINUTES)
    per_network = Limit("comment_network", most=10, within=TEN_MINUTES)
    in_all = Limit("comment_all", most=1000, within=timedelta(hours=1))
    # One text may be sent to the site this often a day, whoever sends it.
    same_text = Limit("comment_same_text", most=3, within=timedelta(days=1))

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("Shown with your comment. A first name is enough."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please give a name. A first name is enough.")},
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        help_text=_("Never shown, and erased after a while."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Please give an email address. It is never shown."),
            "invalid": _(
                "This does not look like an email address. For example: sam@mail.example"
            ),
        },
    )
    text = TextField(
        label=_("Comment"),
        max_length=LONGEST_TEXT,
        help_text=_("Everyone can read it once the clinic has approved it."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Please write something.")},
    )
    notify = forms.BooleanField(
        label=_("Tell me by email when it appears, and when the clinic answers"),
        required=False,
    )
    # What is answered; anything that is no key counts as nothing.
    parent = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        article_pk: int,
        *args: Any,
        now: datetime,
        answered: Comment | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            *args, now=now, about=str(article_pk), auto_id="comment:%s", **kwargs
        )
        self.answered = answered
        if answered is not None:
            self.initial["parent"] = str(answered.pk)

    def forget_answered(self) -> None:
        """Let the form come back as one for a comment of its own."""
        self.answered = None
        self.data = self.data.copy()
        self.data[self.add_prefix("parent")] = ""

    def clean_name(self) -> str:
        name = tidy_line(self.cleaned_data["name"])
        if not says_something(name):
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        if content.links_in(name) or "@" in name:
            self.note_refusal("link_in_name")
            raise forms.ValidationError(
                _("Please give a name here, without an address of any kind.")
            )
        return name

    def clean_text(self) -> str:
        text = tidy_text(self.cleaned_data["text"])
        if not says_something(text):
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        links = content.links_in(text)
        if links and links > (most := self.rules.most_links):
            self.note_refusal("links")
            raise forms.ValidationError(
                _(
                    "Please leave out some web addresses: at most %(most)s may stand here."
                ),
                params={"most": most},
            )
        return text

    def clean_parent(self) -> int | None:
        key = self.cleaned_data["parent"]
        return int(key) if key.isdecimal() and len(key) < 19 else None

    def uses(self) -> Iterable[tuple[Limit, str]]:
        essence = content.essence(self.cleaned_data["text"])
        # Many say “Thank you!”; a whole sentence word for word comes from one source.
        if len(essence) < SHORTEST_SAME_TEXT:
            return super().uses()
        return [(self.same_text, essence), *super().uses()]

    @property
    def rules(self) -> CommentSettings:
        if not hasattr(self, "_rules"):
            self._rules = CommentSettings.load()
        return self._rules

    @property
    def is_spam(self) -> bool:
        """Tell of a valid form whether staff do not want to hear of it."""
        words = self.rules.blocked_words.splitlines()
        data = self.cleaned_data
        if content.blocked_words_in(f"{data['name']}\n{data['text']}", words):
            self.note_refusal("blocked_word")
            return True
        return False

    @property
    def written(self) -> Written:
        data = self.cleaned_data
        return Written(
            name=data["name"],
            email=data["email"],
            text=data["text"],
            wants_mail=data["notify"],
            parent=data["parent"],
        )


def sender_hash(address: str) -> bytes:
    """Return what tells staff that two comments came from the same network address.

    Keyed by PRIVACY_KEY, which is not in the database; erased after a set time.
    """
    key = settings.PRIVACY_KEY.encode()[:64]
    return blake2b(
        address.encode(), key=key, digest_size=16, person=b"comment sender"
    ).digest()
