"""Several people moderate: nobody undoes another's decision without knowing."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AbstractUser, Group, Permission
from django.test import Client
from django.utils import timezone

from articles.comments import decisions
from articles.comments.models import Comment
from clinic_site.mail.models import OutgoingMail
from tests.articles.comments.conftest import NOW, Make

Status = Comment.Status
ANSWER = {"action": "answer", "name": "Nurse", "answer": "Typed for ten minutes"}


@pytest.fixture
def nurse(staff: Callable[[str], AbstractUser], client: Client) -> AbstractUser:
    user = staff("Reception")
    client.force_login(user)
    return user


@pytest.fixture
def may_only_answer(nurse: AbstractUser) -> AbstractUser:
    group = Group.objects.get(name="Reception")
    group.permissions.remove(*Permission.objects.filter(content_type__model="comment"))
    allowed = ["view_comment", "answer_comment"]
    group.permissions.add(*Permission.objects.filter(codename__in=allowed))
    return nurse


def detail(comment: Comment) -> str:
    return f"/admin/comments/edit/{comment.pk}/"


def statuses(*comments: Comment) -> list[str]:
    return [Comment.objects.get(pk=comment.pk).status for comment in comments]


@pytest.mark.parametrize("refused", [Status.REJECTED, Status.SPAM])
def test_no_answer_brings_back_what_was_rejected(
    client: Client, make: Make, nurse: AbstractUser, refused: Status
) -> None:
    parent = make(status=refused, decided_at=NOW, wants_mail=True)
    reply = make(parent=parent, status=Status.SPAM)
    assert "Answer for the clinic" not in client.get(detail(reply)).content.decode()

    response = client.post(detail(reply), ANSWER | {"seen_status": "spam"})

    assert response.status_code == 409
    assert "Typed for ten minutes" in response.content.decode()
    assert statuses(parent, reply) == [refused, Status.SPAM]
    assert Comment.objects.count() == 2
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("status", [Status.AWAITING, Status.REJECTED, Status.SPAM])
def test_whoever_may_only_answer_makes_nothing_appear(
    client: Client, make: Make, may_only_answer: AbstractUser, status: Status
) -> None:
    comment = make(status=status, decided_at=NOW if status != "awaiting" else None)
    below = make(parent=make(), approved=True)
    assert "Answer for the clinic" not in client.get(detail(comment)).content.decode()

    for asked in (comment, below):
        seen = {"seen_status": asked.status}
        response = client.post(detail(asked), ANSWER | seen)
        assert response.status_code == 409
        assert "Typed for ten minutes" in response.content.decode()

    assert statuses(comment, below.parent) == [status, Status.AWAITING]
    assert not Comment.objects.filter(is_from_clinic=True).exists()


@pytest.mark.parametrize("action", ["approve", "answer"])
def test_a_decision_made_meanwhile_stands_and_its_maker_is_named(
    client: Client,
    make: Make,
    nurse: AbstractUser,
    staff: Callable[[str], AbstractUser],
    action: str,
) -> None:
    comment = make()
    page = client.get(detail(comment)).content.decode()
    seen = re.search(r'name="seen_status" value="(\w+)"', page)
    assert seen
    editor = staff("Editors")
    decisions.decide([comment.pk], Status.REJECTED, by=editor, now=NOW)

    values = ANSWER | {"action": action, "seen_status": seen[1]}
    response = client.post(detail(comment), values, follow=True)

    assert statuses(comment) == [Status.REJECTED]
    text = response.content.decode()
    assert f"{editor.username} came first. Status now: Rejected." in text
    assert ("Typed for ten minutes" in text) == (action == "answer")
    # Once that was seen it may be changed.
    values["seen_status"] = "rejected"
    client.post(detail(comment), values)
    assert statuses(comment) == [Status.APPROVED]


def test_what_was_approved_meanwhile_is_not_deleted_unseen(
    client: Client,
    make: Make,
    nurse: AbstractUser,
    staff: Callable[[str], AbstractUser],
) -> None:
    comment = make()
    editor = staff("Editors")

    def delete_as_shown() -> str:
        *_others, form = re.findall(r"<form.*?</form>", shown, re.DOTALL)
        assert 'value="delete"' in form
        fields = dict(re.findall(r'name="(\w+)" value="(\w+)"', form))
        return client.post(detail(comment), fields, follow=True).content.decode()

    shown = client.get(detail(comment)).content.decode()
    decisions.decide([comment.pk], Status.APPROVED, by=editor, now=NOW)

    assert f"{editor.username} came first. Status now: Approved." in delete_as_shown()
    assert statuses(comment) == [Status.APPROVED]

    shown = client.get(detail(comment)).content.decode()
    assert "1 comment was deleted." in delete_as_shown()
    assert not Comment.objects.exists()


def test_an_answer_to_what_is_gone_is_shown_to_its_writer(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    address = detail(make())
    Comment.objects.all().delete()

    response = client.post(address, ANSWER)

    assert response.status_code == 410
    assert "Typed for ten minutes" in response.content.decode()


def test_an_answer_that_is_sent_twice_is_one(make: Make, nurse: AbstractUser) -> None:
    asked, now = make(), timezone.now()
    for later in (timedelta(), timedelta(seconds=2), timedelta(hours=1)):
        decisions.answer(asked.pk, "Yes.", name="N", by=nurse, now=now + later)

    assert asked.replies.count() == 2


def test_undo_restores_who_had_decided_and_when(
    client: Client,
    make: Make,
    nurse: AbstractUser,
    staff: Callable[[str], AbstractUser],
) -> None:
    comment, editor = make(), staff("Editors")
    decisions.decide([comment.pk], Status.APPROVED, by=editor, now=NOW)

    values = {"action": "reject", "seen_status": "approved"}
    page = client.post(detail(comment), values, follow=True).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    client.post("/admin/comments/undo/", {"token": token[1]})

    comment.refresh_from_db()
    assert (comment.status, comment.decided_by, comment.decided_at) == (
        Status.APPROVED,
        editor,
        NOW,
    )


@pytest.mark.parametrize("chosen", ["each", "all"])
def test_together_nothing_is_overturned_that_was_decided_meanwhile(
    client: Client,
    make: Make,
    nurse: AbstractUser,
    staff: Callable[[str], AbstractUser],
    chosen: str,
) -> None:
    first, second, third = make(), make(), make()
    ids = [second.pk, first.pk, third.pk] if chosen == "each" else ["all"]
    query = urlencode([("id", pk) for pk in ids] + [("status", "awaiting")])
    address = f"/admin/bulk/articles/comment/reject/?{query}"
    page = client.get(address).content.decode()
    assert "Awaiting moderation" in page
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    editor = staff("Editors")
    decisions.decide([second.pk], Status.APPROVED, by=editor, now=NOW)
    decisions.decide([third.pk], Status.REJECTED, by=editor, now=NOW)
    unseen = make()

    response = client.post(address, {"seen": seen[1]}, follow=True)

    assert statuses(first, second, third, unseen) == [
        Status.REJECTED,
        Status.APPROVED,
        Status.REJECTED,
        Status.AWAITING,
    ]
    text = response.content.decode()
    assert "1 comment rejected. 1 was decided by somebody else meanwhile." in text
    # What both decided alike stays the first one's.
    third.refresh_from_db()
    assert third.decided_by == editor


def test_together_nothing_is_deleted_that_was_decided_meanwhile(
    client: Client, make: Make, nurse: AbstractUser
) -> None:
    kept, gone = make(), make()
    address = f"/admin/bulk/articles/comment/delete/?id={kept.pk}&id={gone.pk}"
    seen = f"{kept.pk}:awaiting {gone.pk}:awaiting"
    decisions.decide([kept.pk], Status.APPROVED, by=nurse, now=NOW)

    response = client.post(address, {"seen": seen}, follow=True)

    assert list(Comment.objects.all()) == [kept]
    assert (
        "1 comment was deleted. 1 was decided by somebody else meanwhile."
        in response.content.decode()
    )


@pytest.mark.parametrize(
    "seen", ["", "x:awaiting", "1", "1:2:3", f"{'9' * 30}:awaiting"]
)
def test_together_nothing_happens_to_what_was_not_shown(
    client: Client, make: Make, nurse: AbstractUser, seen: str
) -> None:
    comment = make()
    address = f"/admin/bulk/articles/comment/approve/?id={comment.pk}"

    assert client.post(address, {"seen": seen}).status_code == 302

    assert statuses(comment) == [Status.AWAITING]


def test_a_page_about_several_that_are_all_gone_leads_back(
    client: Client, nurse: AbstractUser
) -> None:
    response = client.get("/admin/bulk/articles/comment/approve/?id=12345")

    assert response.status_code == 200
    assert 'name="seen"' not in response.content.decode()
