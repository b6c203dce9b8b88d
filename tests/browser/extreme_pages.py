"""What nobody plans for: the longest, the emptiest and the most of everything."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.template import RequestContext, Template
from django.test import RequestFactory

from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests import factories
from tests.factories import section

LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän"
LONG_TITLE = (f"{LONG_WORD} and everything that can be said about " * 3)[:180].strip()
WIDE_TABLE = {
    "caption": "Twelve months",
    "columns": [{"type": "text", "heading": "Month"}]
    + [{"type": "number", "heading": f"Value {n}"} for n in range(1, 12)],
    "rows": [
        {"values": [f"<p>{LONG_WORD}</p>", *(str(n * 1000) for n in range(11))]}
        for _row in range(3)
    ],
}


def paths(index: ArticleIndexPage) -> dict[str, str]:
    """Make articles that go to the limits; return the address of each."""
    portrait = factories.CustomImageFactory(
        file=factories.picture_file(size=(300, 900)),
        long_description="First paragraph.\n\nSecond paragraph.",
    )
    words = f"<p>{LONG_WORD} {LONG_WORD}</p><ul><li>{LONG_WORD}</li></ul>"
    table = {"first_column_is_heading": True, "table": WIDE_TABLE}
    long = factories.ArticlePageFactory(
        parent=index,
        title=LONG_TITLE,
        slug="long",
        standfirst=LONG_TITLE,
        topic=factories.TopicFactory(name=f"{LONG_WORD} and more"),
        hero_image=portrait,
        hero_caption=f"{LONG_WORD}.",
        body=factories.body(
            section(
                LONG_TITLE,
                ("paragraph", words),
                ("table", table),
                ("picture", {"image": portrait.pk, "caption": LONG_WORD}),
                ("quote", {"text": LONG_WORD, "attribution": LONG_WORD}),
                (
                    "callout",
                    {"urgency": "emergency", "title": LONG_WORD, "text": words},
                ),
            ),
            *(
                section(f"Section {n} {LONG_WORD}", ("paragraph", "<p>Short.</p>"))
                for n in range(2, 41)
            ),
        ),
    )
    one = factories.ArticlePageFactory(parent=index, title="One", slug="one", body="[]")
    comments(long, 500)
    comments(one, 1)
    return {"long": long.url, "one comment, no text": one.url}


def comments(article: ArticlePage, count: int) -> None:
    ArticleFigures.objects.filter(article=article).update(approved_comments=count)


class EveryField(forms.Form):
    """A field of each kind that readers are given."""

    name = forms.CharField(help_text="As it should stand beside your comment.")
    email = forms.EmailField(label="Email address", help_text="Never shown.")
    text = forms.CharField(label="Comment", widget=forms.Textarea)
    told = forms.BooleanField(label="Write to me when the clinic answers")
    consent = forms.BooleanField(label="I agree", required=False)
    way = forms.ChoiceField(
        label="How we may answer",
        choices=[("mail", "By mail"), ("phone", "By telephone")],
        widget=forms.RadioSelect,
        help_text="Choose one.",
    )
    visit = forms.ChoiceField(choices=[("", "Choose"), ("first", "First visit")])
    closed = forms.CharField(disabled=True, required=False, initial="Not now")


class OneField(forms.Form):
    """A newsletter's form: one field and a button."""

    email = forms.EmailField(label="Email address", help_text="One letter a month.")


FORMS = Template(
    '{% extends "base.html" %}{% block title %}Forms{% endblock %}'
    "{% block meta %}{% endblock %}{% block content %}"
    '<div class="wrapper ends"><h1>Forms</h1>{% for form in forms %}<h2>Form</h2>'
    '{% include "components/form.html" with form=form action="/" submit="Send" '
    "line=form.line only %}{% endfor %}"
    '{% include "components/notice.html" with text="Your comment is awaiting '
    'moderation." only %}'
    '{% include "components/notice.html" with text="That did not work." kind="wrong" '
    "only %}</div>{% endblock %}"
)


def forms_page() -> str:
    """Return a page with forms untouched, filled in wrongly and filled in well."""
    shown: list[Any] = []
    for data in (None, {"email": "no address"}, {"email": "ada@example.org"}):
        for number, form_class in enumerate((EveryField, OneField)):
            form = form_class(data, auto_id=f"id_{len(shown)}_%s")
            form.line = number == 1
            shown.append(form)
    request: HttpRequest = RequestFactory().get("/")
    return FORMS.render(RequestContext(request, {"forms": shown}))
