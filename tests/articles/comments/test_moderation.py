"""Moderation in the admin, as the groups of staff may do it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AbstractUser, Group, Permission
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from articles.comments import decisions
from articles.comments.models import Comment
from articles.figures import ArticleFigures
from articles.pages.article import ArticlePage
from tests.articles.comments.conftest import Make

Status = Comment.Status
LIST = "/admin/comments/"


@pytest.fixture
def nurse(staff: Callable[[str], AbstractUser], client: Client) -> AbstractUser:
    user = staff("Reception")
    client.force_login(user)
    return user


def detail(comment: Comment) -> str:
    return f"{LIST}edit/{comment.pk}/"


def act(client: Client, comment: Comment, action: str, **values: Any) -> HttpResponse:
    """Post what the page of a comment would, as it is by now."""
    now = Comment.objects.filter(pk=comment.pk).first() or comment
    seen = {"seen_status": now.status, "seen": decisions.fingerprint(now)}
    return client.post(detail(comment), {"action": action} | seen | values, follow=True)


def bulk(client: Client, action: str, pks: list[Any], **query: str) -> HttpResponse:
    query_string = urlencode([("id", pk) for pk in pks] + list(query.items()))
    address = f"/admin/bulk/articles/comment/{action}/?{query_string}"
    page = client.get(address)
    assert page.status_code == 200
    seen = re.search(r'name="seen" value="([^"]*)"', page.content.decode())
    return client.post(address, {"seen": seen[1] if seen else ""}, follow=True)


def test_the_list_counts_filters_and_searches(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    make(text="A waiting one", name="Zoe")
    make(text="Second waiting one", email="find@mail.example")
    make(text="A spam one", status=Status.SPAM)
    make(text="An approved one", approved=True)

    page = client.get(LIST).content.decode()
    for count in (
        "All 4",
        "Awaiting moderation 2",
        "Approved 1",
        "Rejected 0",
        "Spam 1",
    ):
        assert count in page
    waiting = client.get(LIST, {"status": "awaiting"}).content.decode()
    assert "A waiting one" in waiting
    assert "A spam one" not in waiting
    for words in ("Zoe", "find@mail", "Second waiting"):
        found = client.get(f"{LIST}results/", {"q": words}).content.decode()
        assert len(re.findall(r'id="comment_\d+_title"', found)) == 1
    assert "Comments (2)" in page


def test_the_list_points_to_what_needs_a_second_look(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    make(text="Call me: 07700 900123")
    assert "Telephone number" in client.get(LIST).content.decode()


def test_a_long_list_asks_no_more_than_a_short_one(
    client: Client, make: Make, nurse: AbstractUser, django_assert_max_num_queries: Any
) -> None:
    def queries() -> int:
        client.get(LIST)
        with django_assert_max_num_queries(1000) as captured:
            client.get(LIST)
        return len(captured)

    make()
    few = queries()
    for _ in range(20):
        make()
    assert queries() == few


@pytest.mark.parametrize(
    ("action", "status"),
    [("approve", "approved"), ("reject", "rejected"), ("spam", "spam")],
)
def test_a_decision_leads_to_the_next_that_waits_and_can_be_undone(
    client: Client,
    make: Make,
    nurse: AbstractUser,
    article: ArticlePage,
    action: str,
    status: str,
) -> None:
    comment, following = make(), make()

    response = act(client, comment, action)

    comment.refresh_from_db()
    assert (comment.status, comment.decided_by) == (status, nurse)
    assert response.redirect_chain[-1][0] == detail(following)
    token = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert token
    undone = client.post(f"{LIST}undo/", {"token": token[1]}, follow=True)
    assert "Undone for 1 comment." in undone.content.decode()
    comment.refresh_from_db()
    assert comment.status == Status.AWAITING
    assert ArticleFigures.objects.get(article=article).approved_comments == 0
    assert act(client, following, action).redirect_chain[-1][0] == detail(comment)


@pytest.mark.parametrize("token", ["", "forged:x:y"])
def test_nobody_undoes_what_was_not_done(
    client: Client, nurse: AbstractUser, token: str
) -> None:
    response = client.post(f"{LIST}undo/", {"token": token}, follow=True)

    assert "can no longer be undone" in response.content.decode()


def test_the_detail_shows_all_that_helps_to_decide(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    comment = make(
        text="<i>Call</i> 07700 900123", email="sam@mail.example", sender_hash=b"1" * 16
    )
    make(text="By the same email", email="SAM@mail.example")
    make(text="From the same network", sender_hash=b"1" * 16)
    make(text="By somebody else")

    page = client.get(detail(comment)).content.decode()

    assert "&lt;i&gt;Call&lt;/i&gt; <mark>07700 900123</mark>" in page
    assert "By the same email" in page
    assert "From the same network" in page
    assert "By somebody else" not in page
    for key in "ars":
        assert f'data-w-kbd-key-value="{key}"' in page


def test_spans_are_taken_out_and_the_rest_approved(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    comment = make(text="I am Anna Smith, 07700 900123, thank you")

    act(client, comment, "redact_approve", parts="0", words="Anna Smith\n\n")

    comment.refresh_from_db()
    assert comment.status == Status.APPROVED
    mark = "[removed by the clinic]"
    assert comment.text == f"I am {mark}, {mark}, thank you"


@pytest.mark.parametrize("values", [{"parts": "not there"}, {"words": "not there"}, {}])
def test_what_is_not_there_is_not_taken_out_and_nothing_appears(
    client: Client, make: Make, nurse: AbstractUser, values: dict[str, str]
) -> None:
    comment = make(text="Call 07700 900123")

    response = act(client, comment, "redact_approve", **values)

    comment.refresh_from_db()
    assert comment.status == Status.AWAITING
    assert comment.text == "Call 07700 900123"
    assert response.redirect_chain[-1][0] == detail(comment)


def test_an_answer_is_written_in_place(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    comment = make()

    empty = client.post(
        detail(comment), {"action": "answer", "name": "N", "answer": " "}
    )
    assert empty.status_code == 422
    act(client, comment, "answer", name="Nurse Okafor", answer="Two days.")

    answer = Comment.objects.get(is_from_clinic=True)
    assert (answer.name, answer.text, answer.answered_by) == (
        "Nurse Okafor",
        "Two days.",
        nurse,
    )
    assert client.get(detail(answer)).status_code == 200


@pytest.mark.parametrize("action", ["approve", "redact", "answer", "delete"])
def test_a_comment_that_is_gone_is_no_error(
    client: Client, make: Make, nurse: AbstractUser, action: str
) -> None:
    comment = make()
    address = detail(comment)
    Comment.objects.all().delete()

    for response in (
        client.get(address, follow=True),
        client.post(address, {"action": action}, follow=True),
    ):
        assert "has deleted this comment meanwhile" in response.content.decode()


def test_several_are_decided_and_undone_together(
    client: Client, make: Make, nurse: AbstractUser, article: ArticlePage
) -> None:
    pks = [make().pk, make().pk, make(status=Status.SPAM).pk]

    response = bulk(client, "approve", pks, next=LIST)

    assert "3 comments approved." in response.content.decode()
    assert ArticleFigures.objects.get(article=article).approved_comments == 3
    token = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert token
    client.post(f"{LIST}undo/", {"token": token[1]})
    assert Comment.objects.awaiting().count() == 2
    assert ArticleFigures.objects.get(article=article).approved_comments == 0


@pytest.mark.parametrize(
    ("action", "status"), [("reject", "rejected"), ("spam", "spam"), ("delete", None)]
)
def test_all_that_the_filter_shows_are_handled_together(
    client: Client, make: Make, nurse: AbstractUser, action: str, status: str | None
) -> None:
    for _ in range(3):
        make(text="Buy pills")
    kept = [make(text="Buy pills", approved=True), make(text="An honest question")]

    bulk(client, action, ["all"], status="awaiting", q="pills")

    others = Comment.objects.exclude(pk__in=[comment.pk for comment in kept])
    assert {comment.status for comment in others} == ({status} if status else set())
    assert set(Comment.objects.filter(pk__in=[c.pk for c in kept])) == set(kept)
    kept[1].refresh_from_db()
    assert kept[1].status == Status.AWAITING


def test_the_dashboard_says_what_waits_and_for_how_long(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    assert "No comment is waiting." in client.get("/admin/").content.decode()
    make(written_at=timezone.now() - timedelta(hours=2))
    make(written_at=timezone.now())

    assert re.search(
        "2 waiting, the oldest for 2\xa0hours", client.get("/admin/").content.decode()
    )


@pytest.mark.parametrize("group", ["Editors", "Medical reviewers", "Reception"])
def test_each_group_moderates(
    client: Client, make: Make, staff: Callable[[str], AbstractUser], group: str
) -> None:
    client.force_login(staff(group))
    comment = make()

    act(client, comment, "approve")
    act(client, comment, "answer", name="N", answer="Yes.")
    bulk(client, "spam", [comment.pk])
    assert Comment.objects.get(pk=comment.pk).status == Status.SPAM
    assert Comment.objects.filter(parent=comment, is_from_clinic=True).exists()
    act(client, comment, "delete")

    may_delete = group != "Medical reviewers"
    assert Comment.objects.filter(pk=comment.pk).exists() != may_delete


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        (["view_comment"], []),
        (["change_comment"], ["approve", "redact"]),
        (["view_comment", "delete_comment"], ["delete"]),
        (["view_comment", "answer_comment"], ["answer"]),
    ],
)
def test_each_action_needs_its_permission(
    client: Client,
    make: Make,
    staff: Callable[[str], AbstractUser],
    permissions: list[str],
    may: list[str],
) -> None:
    user = staff("Reception")
    group = Group.objects.get(name="Reception")
    group.permissions.remove(*Permission.objects.filter(content_type__model="comment"))
    group.permissions.add(*Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    values = {"name": "N", "answer": "A", "words": "think"}

    for action in ("approve", "redact", "answer", "delete"):
        # Whoever may only answer cannot let anything appear by it.
        comment = make(approved=action == "answer")
        before = Comment.objects.values().get(pk=comment.pk)
        assert client.get(detail(comment)).status_code == 200
        act(client, comment, action, **values)
        after = Comment.objects.values().filter(pk=comment.pk).first()
        replies = comment.replies.exists()
        assert (before != after or replies) == (action in may), action
    if "change_comment" not in permissions:
        comment = make()
        bulk(client, "approve", [comment.pk])
        comment.refresh_from_db()
        assert comment.status == Status.AWAITING


def test_visitors_and_staff_without_permission_see_nothing(
    client: Client, make: Make, staff: Callable[[str], AbstractUser]
) -> None:
    comment = make()
    for address in (LIST, detail(comment)):
        assert "/admin/login/" in client.get(address).url
    user = staff("Reception")
    Group.objects.get(name="Reception").permissions.remove(
        *Permission.objects.filter(content_type__model="comment")
    )
    client.force_login(user)
    for address in (LIST, detail(comment)):
        assert client.get(address).status_code == 302
    dashboard = client.get("/admin/").content.decode()
    assert "waiting" not in dashboard
    assert "Comments" not in dashboard


def test_the_history_names_what_was_done(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    comment = make()
    act(client, comment, "approve")

    page = client.get(f"{LIST}history/{comment.pk}/").content.decode()

    assert "Comment approved" in page
