"""What staff take out of a comment is gone from the text and from the name."""

from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import translation

from articles.comments import decisions, privacy_rules
from articles.comments.models import Comment
from tests.articles.comments.conftest import Make, Send

MARK = str(privacy_rules.REMOVED)


@pytest.fixture(autouse=True)
def nurse(staff: Callable[[str], AbstractUser], client: Client) -> AbstractUser:
    user = staff("Reception")
    client.force_login(user)
    return user


def redact(client: Client, comment: Comment, **values: object) -> str:
    address = f"/admin/comments/edit/{comment.pk}/"
    seen = {"seen": decisions.fingerprint(comment), "seen_status": comment.status}
    data = {"action": "redact"} | seen | values
    page = client.post(address, data, follow=True).content.decode()
    comment.refresh_from_db()
    return unescape(page)


def test_a_name_is_looked_at_like_a_text(
    send: Send, client: Client, nurse: AbstractUser
) -> None:
    page = send(name="Anna 07700 900123", text="Hello", follow=True)
    assert "telephone number or an email" in page.content.decode()
    comment = Comment.objects.get()
    shown = client.get(f"/admin/comments/edit/{comment.pk}/").content.decode()
    assert "Anna <mark>07700 900123</mark>" in shown
    assert "Telephone number" in client.get("/admin/comments/").content.decode()

    redact(client, comment, parts=["0"])

    assert comment.name == f"Anna {MARK}"


def test_a_part_that_runs_over_lines_is_taken_out(client: Client, make: Make) -> None:
    comment = make(text="Should I\ntake ibuprofen? Call 07700 900123. My Anna\nSmith")

    redact(client, comment, parts=["0", "1"], words="Anna Smith\r\n")

    assert comment.text == f"{MARK} ibuprofen? Call {MARK}. My {MARK}"


def test_numbers_of_parts_hold_only_for_the_words_that_were_seen(
    client: Client, make: Make
) -> None:
    comment = make(text="Call 07700 900123 or a@b.example")
    seen = decisions.fingerprint(comment)
    Comment.objects.update(text="Mail a@b.example or 07700 900123")

    page = redact(client, comment, parts=["0"], seen=seen)

    assert "The comment has changed: please look again." in page
    assert comment.text == "Mail a@b.example or 07700 900123"


@pytest.mark.parametrize(
    ("text", "parts", "left"),
    [
        ("my clinic is Smith", ["Smith", "clinic"], f"my {MARK} is {MARK}"),
        (f"{MARK} by the clinic", ["clinic"], f"{MARK} by the {MARK}"),
        ("Ann had an Anniversary", ["Ann"], f"{MARK} had an Anniversary"),
        # Where it is no word of its own, it is meant all the same.
        ("\u7530\u4e2d\u3055\u3093", ["\u7530\u4e2d"], f"{MARK}\u3055\u3093"),
    ],
)
def test_words_are_taken_out_whole_and_marks_stay(
    text: str, parts: list[str], left: str
) -> None:
    assert privacy_rules.redact(text, parts) == left


def test_the_mark_is_in_the_sites_language() -> None:
    with translation.override("de"):
        assert privacy_rules.redact("Smith", ["Smith"]) == MARK
