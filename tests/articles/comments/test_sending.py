"""A reader sends a comment: what is taken, what is refused, what is shown back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from wagtail.models import PageViewRestriction

from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_site.abuse.models import RateCounter
from tests.articles.comments.conftest import Later, Make, Send, fields
from tests.factories import ArticlePageFactory

Status = Comment.Status


def test_a_comment_waits_and_its_writer_alone_sees_it(
    send: Send, client: Client, article: ArticlePage
) -> None:
    response = send(notify="on")

    assert response.status_code == 303
    assert response.url.endswith("#comments")
    comment = Comment.objects.get()
    assert (comment.article_id, comment.name, comment.email, comment.text) == (
        article.pk,
        "Maria",
        "maria@mail.example",
        "How long does the redness last?",
    )
    assert comment.status == Status.AWAITING
    assert comment.wants_mail
    shown = client.get(response.url)
    page = shown.content.decode()
    assert "Your comment is awaiting moderation" in page
    assert comment.text in page
    assert "no-store" in shown["Cache-Control"]
    assert shown["X-Robots-Tag"] == "noindex"
    assert "maria@mail.example" not in page
    for address in (article.url, f"/articles/{article.pk}/comments/"):
        assert comment.text not in client.get(address).content.decode()
    assert not client.cookies


def test_what_is_shown_back_has_no_links(send: Send) -> None:
    text = "See https://spam.example/a and www.spam.example for more"

    page = send(text=text, follow=True).content.decode()

    assert "See [link] and [link] for more" in page
    assert "spam.example" not in page


def test_the_address_that_shows_it_back_ends(
    send: Send, client: Client, later: Later
) -> None:
    address = send().url.partition("#")[0]
    later(timedelta(minutes=11))
    response = client.get(address)

    assert response.status_code == 302
    assert client.get(f"{address[:-2]}x/").status_code == 302


def test_nobody_is_shown_another_articles_comment(
    send: Send, client: Client, make: Make, index: ArticleIndexPage
) -> None:
    other = make(article=ArticlePageFactory(parent=index), text="Elsewhere")
    token = signing.dumps(other.pk, salt="articles.comments.shown_back")
    address = send().url
    mine = re.sub(r"sent/[^/]+/", f"sent/{token}/", address)

    assert "Elsewhere" not in client.get(mine).content.decode()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": ""}, "Please give a name."),
        ({"name": " \u200b\u202e "}, "Please give a name."),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"name": "Buy at www.pills.example"}, "without an address of any kind"),
        ({"name": "maria@mail.example"}, "without an address of any kind"),
        ({"email": ""}, "Please give an email address."),
        ({"email": "maria"}, "does not look like an email address"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "does not look like an email"),
        ({"name": "\u3164"}, "Please give a name."),
        ({"name": "\u2800\u115f"}, "Please give a name."),
        ({"text": " \n "}, "Please write something."),
        ({"text": "\u3164"}, "Please write something."),
        ({"text": "x" * 4001}, "at most 4000 characters"),
        (
            {"text": "http://a.example http://b.example http://c.example"},
            "at most 2 may",
        ),
        ({"name": "Maria\x00"}, "Null characters are not allowed"),
    ],
)
def test_a_refused_form_says_why_beside_the_field_and_keeps_what_was_typed(
    send: Send, values: dict[str, Any], message: str
) -> None:
    typed = {"text": "Kept text", "name": "Kept name", "email": "kept@mail.example"}

    response = send(**typed | {"notify": "on"} | values)

    assert response.status_code == 422
    assert "no-store" in response["Cache-Control"]
    page = response.content.decode()
    assert message in page
    field = next(iter(values))
    assert f'id="comment:{field}_error"' in page
    assert f'<a href="#comment:{field}">' in page
    for name, value in (typed | values).items():
        if name != field:
            assert value in page
    assert re.search(r"<input[^>]* name=\"notify\"[^>]* checked", page)
    assert not Comment.objects.exists()
    assert not RateCounter.objects.exists()


def test_a_closed_article_keeps_the_text_that_comes_too_late(
    send: Send, client: Client, article: ArticlePage, make: Make
) -> None:
    make(approved=True)
    ArticlePage.objects.filter(pk=article.pk).update(comments_allowed=False)

    response = send(text="Typed for an hour")

    assert response.status_code == 422
    assert "takes no more comments" in response.content.decode()
    assert "Typed for an hour" in response.content.decode()
    assert Comment.objects.count() == 1
    page = client.get(article.url).content.decode()
    assert "takes no more comments" in page
    assert "<form" not in page.partition('id="comments"')[2].partition("</section>")[0]


def test_comments_close_for_the_whole_site_after_a_number_of_days(
    send: Send, client: Client, article: ArticlePage, settings: Settings, later: Later
) -> None:
    settings.COMMENTS_CLOSE_AFTER_DAYS = 30
    now = timezone.now()
    ArticlePage.objects.filter(pk=article.pk).update(
        first_published_at=now - timedelta(days=30) + timedelta(seconds=100)
    )

    response = client.get(article.url)
    # The kept page is renewed when the form has to go.
    assert int(re.search(r"s-maxage=(\d+)", response["Cache-Control"])[1]) <= 100
    assert "Send comment" in response.content.decode()
    later(timedelta(seconds=101))
    assert "Send comment" not in client.get(article.url).content.decode()
    assert send().status_code == 422


def test_an_article_that_nobody_may_read_takes_nothing(
    send: Send, client: Client, article: ArticlePage, index: ArticleIndexPage
) -> None:
    draft = ArticlePageFactory(parent=index, live=False)
    quiet = ArticlePageFactory(parent=index, comments_allowed=False)
    PageViewRestriction.objects.create(
        page=article, restriction_type=PageViewRestriction.LOGIN
    )

    for page in (draft, article):
        assert send(to=page).status_code == 404
    answer = send(to=quiet)
    assert answer.status_code == 422
    assert "How long does the redness last?" in answer.content.decode()
    assert client.get(f"/articles/{quiet.pk}/comments/").status_code == 404
    assert 'id="comments"' not in client.get(quiet.url).content.decode()
    assert not Comment.objects.exists()


def test_an_answer_stands_below_what_it_answers(
    send: Send, client: Client, make: Make, article: ArticlePage
) -> None:
    parent = make(approved=True, name="Anna")
    page = client.get(f"/articles/{article.pk}/comments/?reply={parent.pk}").content
    assert "Answer Anna" in page.decode()
    assert f'name="parent" value="{parent.pk}"' in page.decode()

    send(parent=str(parent.pk))

    assert Comment.objects.exclude(pk=parent.pk).get().parent == parent


@pytest.mark.parametrize("case", ["waiting", "answer", "elsewhere", "nothing"])
def test_only_a_comment_that_is_shown_can_be_answered(
    send: Send, make: Make, index: ArticleIndexPage, case: str
) -> None:
    if case == "waiting":
        parent = make().pk
    elif case == "answer":
        parent = make(parent=make(approved=True), approved=True).pk
    elif case == "elsewhere":
        parent = make(article=ArticlePageFactory(parent=index), approved=True).pk
    else:
        parent = 10**17
    before = Comment.objects.count()

    response = send(parent=str(parent))

    assert response.status_code == 422
    assert "no longer there" in response.content.decode()
    assert 'name="parent" value=""' in response.content.decode() or (
        'name="parent" id' in response.content.decode()
    )
    assert Comment.objects.count() == before
    assert send(parent="").status_code == 303


@pytest.mark.parametrize("parent", ["x", "-1", "1" * 40, "²"])
def test_nonsense_in_hidden_fields_is_no_server_error(
    send: Send, client: Client, article: ArticlePage, parent: str
) -> None:
    assert send(parent=parent).status_code == 303
    for query in (f"reply={parent}", f"page={parent}", "page=0", "page=99999"):
        address = f"/articles/{article.pk}/comments/?{query}"
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "step",
    [
        "articles.comments.views.submit",
        "clinic_site.abuse.limits.check",
        "clinic_site.abuse.limits.count",
    ],
)
def test_a_database_that_cannot_be_used_keeps_the_text(
    send: Send, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full_disk(*_arguments: Any, **_more: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(step, full_disk)
    response = send(text="Worth keeping")

    assert response.status_code == 503
    assert "Worth keeping" in response.content.decode()


def test_text_is_stored_without_what_nobody_sees(send: Send) -> None:
    send(name="  Ma\u202eria \t B. ", text="One\r\n\r\n\r\n\r\nTwo\u202e\x07 \r\n")

    comment = Comment.objects.get()
    assert comment.name == "Maria B."
    assert comment.text == "One\n\nTwo"


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("Call me on 07700 900123", "a telephone number or an email address"),
        ("Write to sam@mail.example", "a telephone number or an email address"),
        ("Should I take ibuprofen?", "what you yourself should do"),
    ],
)
def test_private_details_get_a_kind_notice(send: Send, text: str, notice: str) -> None:
    assert notice in send(text=text, follow=True).content.decode()


def test_a_preview_has_no_form(article: ArticlePage) -> None:
    page = article.make_preview_request(preview_mode="").content.decode()

    assert "Send comment" not in page
    assert "takes no more comments" not in page


def test_a_kept_page_serves_another_reader(
    client: Client, article: ArticlePage, later: Later
) -> None:
    page = client.get(article.url).content.decode()
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    assert stamp
    assert "csrfmiddlewaretoken" not in page

    later(timedelta(minutes=6))
    response = Client(enforce_csrf_checks=True).post(
        f"/articles/{article.pk}/comments/",
        fields(article, stamp=stamp[1]),
        headers={"sec-fetch-site": "same-origin"},
    )

    assert response.status_code == 303


def test_accents_do_not_pile_up(send: Send) -> None:
    send(name="Z" + "\u0301" * 40 + "oe", text="Vie\u0302\u0323t " + "a\u0489" * 3)

    comment = Comment.objects.get()
    assert comment.name == "Z" + "\u0301" * 4 + "oe"
    assert comment.text == "Vie\u0302\u0323t " + "a\u0489" * 3


def test_a_line_break_counts_as_one_character(send: Send) -> None:
    text = "\n".join(["x" * 39] * 100)
    assert len(text) <= 4000 < len(text.replace("\n", "\r\n"))

    assert send(text=text.replace("\n", "\r\n")).status_code == 303

    assert Comment.objects.get().text == text


def test_sending_again_puts_the_address_right_while_the_comment_waits(
    send: Send,
) -> None:
    send(email="tpyo@mail.example")
    send(email="typo@mail.example", notify="on")

    comment = Comment.objects.get()
    assert (comment.email, comment.wants_mail) == ("typo@mail.example", True)
    Comment.objects.update(status=Status.APPROVED, decided_at=timezone.now())
    send(email="other@mail.example")
    comment.refresh_from_db()
    assert comment.email == "typo@mail.example"
