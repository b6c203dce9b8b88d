"""Mails about comments, sent through a real mail server."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from articles.comments import decisions, emails, jobs
from articles.comments.models import Comment
from articles.pages.article import ArticlePage
from clinic_site.mail.models import OutgoingMail
from clinic_site.mail.sending import send_due
from tests.articles.comments.conftest import Make, Send
from tests.factories import CommentFactory
from tests.smtp_sink import Arrived, Mode, Sink, running, use

Status = Comment.Status


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    with running(Sink()) as server:
        use(server, settings)
        yield server


@pytest.fixture
def nurse(staff: Callable[[str], AbstractUser]) -> AbstractUser:
    return staff("Reception")


def sent(sink: Sink, at: datetime | None = None) -> list[Arrived]:
    """Send what is queued, as the worker does; return what arrived since the last time."""
    sink.mails.clear()
    moment = at or timezone.now()
    send_due(moment, clock=lambda: moment)
    return list(sink.mails)


def links(mail: Arrived) -> list[str]:
    """Return the addresses of the text part: each stands alone on a line."""
    return re.findall(r"(?m)^(https?://\S+)$", mail.part("plain"))


def test_staff_get_one_mail_per_comment_with_all_they_need(
    send: Send, make: Make, article: ArticlePage, nurse: AbstractUser, sink: Sink
) -> None:
    make()
    send(text="Call 07700 900123 & <b>tell</b> me")

    (mail,) = sent(sink)

    comment = Comment.objects.get(name="Maria")
    assert mail.recipients == [nurse.email]
    assert str(mail.mail["Subject"]) == "A comment is waiting: Needles & skin"
    text = mail.part("plain")
    assert "Maria has commented on “Needles & skin”:" in text
    assert "Call 07700 900123 & <b>tell</b> me" in text
    assert "It seems to hold a telephone number" in text
    assert "1 more comment is waiting" in text
    assert links(mail) == [
        f"http://localhost/admin/comments/edit/{comment.pk}/",
        "http://localhost/admin/comments/?status=awaiting",
        "http://localhost/articles/needles/",
    ]
    assert "<b>tell</b>" not in mail.part("html")
    assert comment.email not in text + mail.part("html")
    assert sent(sink) == []


def test_the_links_in_staffs_mail_ask_to_sign_in_and_change_nothing(
    send: Send, client: Client, nurse: AbstractUser, sink: Sink
) -> None:
    send()
    (mail,) = sent(sink)

    for address in links(mail)[:1]:
        assert "/admin/login/" in client.get(address)["Location"]
    client.force_login(nurse)
    for address in links(mail):
        assert client.get(address).status_code == 200
    assert Comment.objects.get().status == Status.AWAITING


def test_only_moderators_with_an_account_that_works_are_told(
    send: Send, staff: Callable[[str], AbstractUser], sink: Sink
) -> None:
    staff("Editors")
    gone = staff("Reception")
    gone.is_active = False
    gone.save()

    send()

    assert [mail.recipients for mail in sent(sink)] == [["editors@clinic.example"]]


def test_when_many_wait_staff_get_one_mail_about_all(
    send: Send, nurse: AbstractUser, sink: Sink
) -> None:
    for n in range(8):
        send(sender=f"198.51.{n}.1", text=f"Comment number {n}")
    assert len(sent(sink)) == 5
    now = timezone.now()

    jobs.announce_comments(now + timedelta(minutes=50))
    assert sent(sink) == []
    jobs.announce_comments(now + timedelta(minutes=61))
    (mail,) = sent(sink, at=now + timedelta(minutes=61))

    assert str(mail.mail["Subject"]) == "8 comments are waiting"
    for n in range(8):
        assert f"Comment number {n}" in mail.part("plain")
        assert f"Comment number {n}" in mail.part("html")
    jobs.announce_comments(now + timedelta(hours=9))
    assert sent(sink, at=now + timedelta(hours=9)) == []


def test_spam_is_announced_to_nobody(
    make: Make, nurse: AbstractUser, sink: Sink
) -> None:
    make(status=Status.SPAM)
    jobs.announce_comments(timezone.now())

    assert sent(sink) == []


def test_a_comment_that_was_decided_before_the_mail_went_out_needs_none(
    send: Send, nurse: AbstractUser, sink: Sink
) -> None:
    send()
    decisions.delete([Comment.objects.get().pk], by=nurse)

    assert sent(sink) == []


def approve(comment: Comment, by: AbstractUser) -> None:
    decisions.decide([comment.pk], Status.APPROVED, by=by, now=timezone.now())


def test_a_writer_who_wanted_it_is_told_once_that_the_comment_appeared(
    make: Make, nurse: AbstractUser, sink: Sink
) -> None:
    comment, silent = make(wants_mail=True), make()
    assert sent(sink) == []
    approve(comment, nurse)
    approve(silent, nurse)

    (mail,) = sent(sink)

    assert mail.recipients == [comment.email]
    assert str(mail.mail["Subject"]) == "Your comment has appeared: Needles & skin"
    address, quiet = links(mail)
    assert address == f"http://localhost/articles/needles/#comment:{comment.pk}"
    assert quiet in mail.part("html")
    decisions.decide([comment.pk], Status.AWAITING, by=nurse, now=timezone.now())
    approve(comment, nurse)
    assert sent(sink) == []


def test_nobody_is_told_of_an_approval_that_was_taken_back(
    make: Make, nurse: AbstractUser, sink: Sink
) -> None:
    comment = make(wants_mail=True)
    approve(comment, nurse)
    decisions.decide([comment.pk], Status.AWAITING, by=nurse, now=timezone.now())

    assert sent(sink) == []
    assert OutgoingMail.objects.get().recipient == ""


def test_the_clinics_answer_is_told_with_one_mail(
    make: Make, nurse: AbstractUser, sink: Sink
) -> None:
    asked = make(wants_mail=True, parent=make(approved=True, wants_mail=True))

    answer = decisions.answer(
        asked.pk, "Two <days>.", name="Nurse", by=nurse, now=timezone.now()
    )

    (mail,) = sent(sink)
    assert mail.recipients == [asked.email]
    assert "Two <days>." in mail.part("plain")
    assert "Two &lt;days&gt;." in mail.part("html")
    assert links(mail)[0].endswith(f"#comment:{answer.pk}")


def test_the_link_for_silence_asks_first_and_acts_on_post(
    make: Make, nurse: AbstractUser, client: Client, sink: Sink, article: ArticlePage
) -> None:
    comment = make(wants_mail=True, email="Maria@mail.example")
    other = make(wants_mail=True, email="maria@mail.example")
    strangers = make(wants_mail=True)
    approve(comment, nurse)
    quiet = links(sent(sink)[0])[1]

    page = client.get(quiet)
    assert "Do you want no more mails" in page.content.decode()
    assert (
        page["Cache-Control"].startswith("max-age=0")
        or "no-store" in page["Cache-Control"]
    )
    assert "maria" not in page.content.decode().lower()
    assert Comment.objects.filter(wants_mail=True).count() == 3

    done = Client(enforce_csrf_checks=True).post(
        quiet, headers={"sec-fetch-site": "same-origin"}
    )

    assert "You get no more mails" in done.content.decode()
    assert list(Comment.objects.filter(wants_mail=True)) == [strangers]
    approve(other, nurse)
    assert sent(sink) == []
    assert client.get(f"{quiet[:-2]}x/").status_code == 404
    forged = client.post(quiet, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403


def test_the_link_for_silence_outlives_the_secret_key(
    make: Make, settings: Settings, client: Client
) -> None:
    address = emails.quiet_url(make(wants_mail=True))
    settings.SECRET_KEY = settings.SECRET_KEY[::-1]

    assert client.get(address).status_code == 200


def test_a_mail_server_that_is_away_delays_the_mail_and_nothing_else(
    send: Send, nurse: AbstractUser, sink: Sink
) -> None:
    sink.mode = Mode.BUSY
    assert send().status_code == 303
    assert sent(sink) == []

    sink.mode = Mode.OK
    (mail,) = sent(sink, at=timezone.now() + timedelta(hours=1))

    assert mail.recipients == [nurse.email]
    assert sent(sink, at=timezone.now() + timedelta(hours=9)) == []


@pytest.mark.parametrize("many", [False, True])
def test_one_address_that_is_none_keeps_nobody_from_commenting(
    send: Send,
    staff: Callable[[str], AbstractUser],
    sink: Sink,
    many: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad, good = staff("Reception"), staff("Editors")
    bad.email = "reception@clinic"
    bad.save()

    if many:
        CommentFactory(article=ArticlePage.objects.get(slug="needles"))
        jobs.announce_comments(timezone.now())
    else:
        assert send().status_code == 303

    assert [mail.recipients for mail in sent(sink)] == [[good.email]]
    assert f":{bad.pk} has no address" in caplog.text
    assert bad.email not in caplog.text


def test_where_nobody_else_moderates_superusers_are_told(
    send: Send, django_user_model: type[AbstractUser], sink: Sink
) -> None:
    django_user_model.objects.create_superuser("boss", "boss@clinic.example", "x")
    send()

    assert [mail.recipients for mail in sent(sink)] == [["boss@clinic.example"]]


def test_an_approval_that_was_taken_back_and_given_again_is_told(
    make: Make, nurse: AbstractUser, sink: Sink
) -> None:
    comment = make(wants_mail=True)
    approve(comment, nurse)
    decisions.decide([comment.pk], Status.AWAITING, by=nurse, now=timezone.now())
    assert sent(sink) == []

    approve(comment, nurse)

    assert [mail.recipients for mail in sent(sink)] == [[comment.email]]


def test_an_approval_given_again_while_the_worker_reads_the_old_one_is_told(
    make: Make, nurse: AbstractUser, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = make(wants_mail=True)
    approve(comment, nurse)
    decisions.decide([comment.pk], Status.AWAITING, by=nurse, now=timezone.now())
    read = emails._still_wanted

    def approved_after_it_was_read(pk: str) -> Comment | None:
        monkeypatch.setattr(emails, "_still_wanted", read)
        found = read(pk)
        approve(comment, nurse)
        return found

    monkeypatch.setattr(emails, "_still_wanted", approved_after_it_was_read)

    told = sent(sink) + sent(sink)

    assert [mail.recipients for mail in told] == [[comment.email]]
    assert OutgoingMail.objects.get().status == OutgoingMail.Status.SENT


@pytest.mark.parametrize("by_answer", [False, True])
def test_a_reply_that_appears_with_its_parent_is_told_then(
    make: Make, nurse: AbstractUser, sink: Sink, by_answer: bool
) -> None:
    parent = make(wants_mail=True, email="parent@mail.example")
    reply = make(parent=parent, wants_mail=True, email="reply@mail.example")
    approve(reply, nurse)
    assert sent(sink) == []

    if by_answer:
        now = timezone.now()
        decisions.answer(reply.pk, "Yes.", name="N", by=nurse, now=now)
    else:
        approve(parent, nurse)

    told = sorted(mail.recipients[0] for mail in sent(sink))
    assert told == ["parent@mail.example", "reply@mail.example"]


def test_the_link_for_silence_outlives_its_comment_and_tells_no_secret(
    make: Make, nurse: AbstractUser, client: Client, article: ArticlePage
) -> None:
    comment = make(wants_mail=True, email="w@mail.example")
    quiet = emails.quiet_url(comment)
    assert "Needles" in client.get(quiet).content.decode()
    article.unpublish()
    hidden = client.get(quiet)
    assert hidden.status_code == 200
    assert "Needles" not in hidden.content.decode()
    other = make(wants_mail=True, email="W@mail.example")
    decisions.delete([comment.pk], by=nurse)

    assert client.get(quiet).status_code == 200
    # As a mail program's server sends it.
    client.post(quiet, {"List-Unsubscribe": "One-Click"})

    other.refresh_from_db()
    assert not other.wants_mail


def test_mail_programs_can_offer_silence(
    make: Make, nurse: AbstractUser, sink: Sink
) -> None:
    comment = make(wants_mail=True)
    approve(comment, nurse)

    (mail,) = sent(sink)

    assert mail.mail["List-Unsubscribe"].strip() == f"<{links(mail)[1]}>"
    assert mail.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
