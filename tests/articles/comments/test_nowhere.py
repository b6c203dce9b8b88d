"""An unapproved comment is in nothing that the public can ask for."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.contrib.auth.models import AbstractUser
from django.core.wsgi import get_wsgi_application
from django.test import Client, RequestFactory

from articles.comments import decisions
from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_site.page_cache import PageCache
from tests.articles.comments.conftest import NOW, Make
from tests.factories import ArticlePageFactory

Status = Comment.Status
MARKS = ["Zoonquist", "Xanthippos", "zoonquist@mail.example"]
# Answered by the site whether or not a page links to them; those still to come are 404.
KNOWN = [
    "/robots.txt",
    "/sitemap.xml",
    "/articles/feed/",
    "/search/?q=Zoonquist",
    "/?q=Zoonquist",
    "/articles/?q=Zoonquist",
    "/articles/?page=1",
    "/healthz",
    "/livez",
]


def public_answers(client: Client, article: ArticlePage) -> dict[str, str]:
    """Return the text of every page that links lead to from the first one, and more."""
    asked: dict[str, str] = {}
    waiting = ["/", article.url, f"/articles/{article.pk}/comments/?page=1", *KNOWN]
    while waiting:
        address = waiting.pop().partition("#")[0]
        if address in asked or address.startswith(("/admin", "/static")):
            continue
        response = client.get(address)
        asked[address] = str(dict(response.headers)) + response.content.decode(
            errors="replace"
        )
        links = re.findall(r'(?:href|src|action)="(/[^"/][^"]*|/)"', asked[address])
        waiting += [link.replace("&amp;", "&") for link in links]
    return asked


def test_the_crawl_reaches_all_there_is(
    client: Client, make: Make, article: ArticlePage
) -> None:
    make(approved=True, text="Zoonquist, seen by all")

    asked = public_answers(client, article)

    with_it = {address for address, text in asked.items() if "Zoonquist, seen" in text}
    discussion = f"/articles/{article.pk}/comments/"
    assert with_it >= {article.url, discussion, f"{discussion}?page=1"}
    assert any("?reply=" in address for address in with_it)
    assert "/articles/" in asked


@pytest.mark.parametrize("status", [Status.AWAITING, Status.REJECTED, Status.SPAM])
@pytest.mark.parametrize("is_answer", [False, True])
def test_an_unapproved_comment_is_in_no_public_answer(
    client: Client,
    make: Make,
    article: ArticlePage,
    index: ArticleIndexPage,
    status: Status,
    is_answer: bool,
) -> None:
    ArticlePageFactory(parent=index)
    parent = make(approved=True)
    make(
        text=MARKS[0],
        name=MARKS[1],
        email=MARKS[2],
        status=status,
        decided_at=None if status == Status.AWAITING else NOW,
        parent=parent if is_answer else None,
    )

    asked = public_answers(client, article)

    for mark in MARKS:
        # The search repeats what was asked for, which is no finding.
        found = [
            address
            for address, text in asked.items()
            if mark in text and mark not in address
        ]
        assert found == []
    assert "1 comment<" in asked[article.url]
    assert "1 comment<" in asked["/articles/"]
    assert "2 comments" not in "".join(asked.values())


def test_an_approved_answer_to_an_unapproved_comment_is_nowhere(
    client: Client, make: Make, article: ArticlePage
) -> None:
    make(text=MARKS[0], approved=True, parent=make(status=Status.SPAM))

    asked = public_answers(client, article)

    assert [address for address, text in asked.items() if MARKS[0] in text] == []
    assert "No comments<" in asked[article.url]


def test_staffs_preview_shows_readers_comments_alone(
    make: Make, article: ArticlePage
) -> None:
    make(text=MARKS[0])
    request = RequestFactory().get("/")

    preview = article.make_preview_request(original_request=request, preview_mode="")

    assert MARKS[0] not in preview.content.decode()


class Kept:
    """The site behind the cache that production has before it."""

    def __init__(self) -> None:
        self.site = PageCache(get_wsgi_application())

    def get(self, path: str) -> tuple[str, str]:
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        environ |= {
            "PATH_INFO": path,
            "HTTP_HOST": "localhost",
            "wsgi.input": BytesIO(),
        }
        headers: dict[str, str] = {}
        body = b"".join(
            self.site(environ, lambda _status, found, *_rest: headers.update(found))
        )
        return body.decode(), str(headers)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_kept_pages_follow_every_decision_at_once(
    make: Make, article: ArticlePage, staff: Callable[[str], AbstractUser]
) -> None:
    kept, nurse = Kept(), staff("Reception")
    comment = make(text=MARKS[0])
    paths = [article.url, "/articles/", f"/articles/{article.pk}/comments/"]

    def shown() -> list[bool]:
        pages = [kept.get(path)[0] for _twice in range(2) for path in paths][-3:]
        return [MARKS[0] in pages[0], "1 comment<" in pages[1], MARKS[0] in pages[2]]

    assert shown() == [False] * 3
    for status in (Status.APPROVED, Status.AWAITING, Status.APPROVED, Status.SPAM):
        decisions.decide([comment.pk], status, by=nurse, now=NOW)
        assert shown() == [status == Status.APPROVED] * 3
