import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from articles.pages.index import ArticleIndexPage
from clinic_info.newsletter import issue_states, sending, subscriptions
from clinic_info.newsletter.figures import issues_needing_a_person
from clinic_info.newsletter.issues import Issue
from clinic_info.newsletter.models import Delivery
from tests.clinic_info.newsletter.conftest import NOW, send_mails, subscribe
from tests.factories import ArticlePageFactory
from tests.smtp_sink import Mode, Sink

Staff = Callable[[str], AbstractUser]
LISTING = "/admin/snippets/clinic_info/issue/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(staff: Staff, client: Client) -> Client:
    """An Editor's browser."""
    client.force_login(staff("Editors"))
    return client


def form(**values: Any) -> dict[str, Any]:
    data = {
        "subject": "Skin in spring",
        "preview_line": "Three new articles",
        "introduction": rich_text("<p>Hello from the clinic.</p>"),
        "articles": streamfield([]),
        "closing": rich_text(""),
    }
    return nested_form_data(data | values)


def draft(**values: Any) -> Issue:
    return Issue.objects.create(
        **{"subject": "Skin in spring", "introduction": "<p>Hello.</p>"} | values
    )


def hub(issue: Issue, *rest: str) -> str:
    return f"/admin/newsletter/issues/{issue.pk}/" + "".join(f"{one}/" for one in rest)


def actions() -> set[str]:
    return set(ModelLogEntry.objects.values_list("action", flat=True))


def test_an_editor_writes_tests_and_sends_an_issue(
    editor: Client, index: ArticleIndexPage, sink: Sink
) -> None:
    subscribe("ann@patient.example", timezone.now())
    article = ArticlePageFactory(parent=index, title="How needles work")
    articles = streamfield(
        [("article", {"article": str(article.pk), "teaser": "Our own words."})]
    )
    answer = editor.post(f"{LISTING}add/", form(articles=articles))
    issue = Issue.objects.get()
    assert answer.url == hub(issue)

    page = editor.get(answer.url).content.decode()
    assert "1 person would get it now" in page
    editor.post(hub(issue, "test"))
    send_mails()
    test = sink.mails[0]
    assert test.recipients == ["editors@clinic.example"]
    assert test.mail["Subject"] == "[Test] Skin in spring"
    assert "Our own words." in test.part("html")
    # Each of its links leads somewhere.
    links = re.findall(r'href="http://localhost(/[^"]*)"', test.part("html"))
    assert article.url in links
    assert [editor.get(link).status_code for link in links] == [200] * len(links)

    question = editor.get(hub(issue, "step", "send")).content.decode()
    assert "goes to 1 subscriber now" in question
    assert Delivery.objects.count() == 0
    editor.post(hub(issue, "step", "send"))
    sending.send_round(timezone.now())
    assert sink.mails[1].recipients == ["ann@patient.example"]
    assert issue.archive_path in sink.mails[1].part("html")
    issue.refresh_from_db()
    assert issue.status == Issue.Status.SENT
    assert actions() >= {"wagtail.create", "newsletter.test", "newsletter.start"}


def test_an_issue_says_something(editor: Client) -> None:
    answer = editor.post(f"{LISTING}add/", form(introduction=rich_text("")))

    assert "Write something, or choose an article" in answer.content.decode()
    assert not Issue.objects.exists()


@pytest.mark.parametrize("mode", ["html", "text"])
def test_an_issue_is_previewed_under_a_policy_of_its_own(
    mode: str, editor: Client
) -> None:
    issue = draft()
    answer = editor.get(hub(issue, "preview", mode))

    assert "Hello." in answer.content.decode()
    if mode == "html":
        assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_the_editor_shows_a_preview_while_it_is_written(editor: Client) -> None:
    issue = draft()
    address = f"{LISTING}preview/{issue.pk}/"
    assert editor.post(address, form(subject="Changed")).json()["is_valid"]

    for mode in ("html", "text"):
        assert "Changed" in editor.get(f"{address}?mode={mode}").content.decode()


@pytest.mark.parametrize("group", ["Editors", "Medical reviewers", "Reception"])
def test_every_group_may_send(group: str, staff: Staff, client: Client) -> None:
    client.force_login(staff(group))
    issue = draft()

    assert client.get(hub(issue, "step", "send")).status_code == 200


def test_who_has_no_permission_gets_nowhere(staff: Staff, client: Client) -> None:
    user = staff("Editors")
    group = user.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="send_issue"))
    client.force_login(user)
    subscribe()
    issue = draft()

    assert client.get(hub(issue)).status_code == 200
    for rest in (["step", "send"], ["schedule"]):
        assert client.post(
            hub(issue, *rest), {"at": "2099-01-01 09:00"}
        ).status_code in {
            302,
            403,
        }
    assert Issue.objects.get().status == Issue.Status.DRAFT


def test_nothing_is_done_by_following_a_link(editor: Client) -> None:
    subscribe()
    issue = draft()
    for step in ("send", "pause", "resume", "cancel", "unschedule"):
        editor.get(hub(issue, "step", step))
    assert editor.get(hub(issue, "test")).status_code == 405

    assert Issue.objects.get().status == Issue.Status.DRAFT


def test_an_issue_is_scheduled_and_taken_off_again(editor: Client) -> None:
    issue = draft()
    late = editor.post(hub(issue, "schedule"), {"at": "2020-01-01 09:00"})
    assert late.status_code == 422
    assert "still to come" in late.content.decode()
    editor.post(hub(issue, "schedule"), {"at": "2099-01-01 09:00"})
    assert Issue.objects.get().status == Issue.Status.SCHEDULED

    editor.post(hub(issue, "step", "unschedule"))
    assert Issue.objects.get().status == Issue.Status.DRAFT


def test_staff_put_right_what_was_not_sent_in_time(editor: Client) -> None:
    now = timezone.now()
    remarked = {"status": "scheduled", "scheduled_at": now, "remark": "Too long"}
    editor.post(hub(draft(**remarked), "step", "unschedule"))
    edited = draft(**remarked)
    editor.post(f"{LISTING}edit/{edited.pk}/", form())
    assert not Issue.objects.exclude(remark="").exists()

    held = draft(**remarked)
    issue_states.hold_all(now)
    assert issues_needing_a_person(now) == [held, edited]
    assert "or delete it" in Issue.objects.get(pk=held.pk).remark
    for issue in (held, edited):
        editor.post(f"{LISTING}delete/{issue.pk}/")
    assert issues_needing_a_person(now) == []


def test_what_was_sent_is_not_changed_or_deleted_but_copied(editor: Client) -> None:
    subscribe()
    issue = draft()
    issue_states.start(issue.pk, NOW)

    assert editor.get(f"{LISTING}edit/{issue.pk}/").url == hub(issue)
    editor.post(f"{LISTING}edit/{issue.pk}/", form(subject="Changed"))
    editor.post(f"{LISTING}delete/{issue.pk}/")
    bulk = f"/admin/bulk/clinic_info/issue/delete/?id={issue.pk}"
    assert editor.post(bulk).url == hub(issue)
    assert Issue.objects.get().subject == "Skin in spring"

    editor.post(f"{LISTING}copy/{issue.pk}/", form())
    copy = Issue.objects.exclude(pk=issue.pk).get()
    assert (copy.status, copy.started_at) == (Issue.Status.DRAFT, None)
    assert not copy.deliveries.exists()


def test_a_form_that_comes_after_the_sending_began_changes_nothing(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe()
    issue = draft()
    editor.post(f"{LISTING}edit/{issue.pk}/", form(subject="Mended"))
    assert Issue.objects.get().subject == "Mended"

    # It was still open when the editor looked.
    monkeypatch.setattr(Issue, "is_editable", True)
    issue_states.start(issue.pk, NOW)
    editor.post(f"{LISTING}edit/{issue.pk}/", form(subject="Changed"))
    issue.refresh_from_db()
    assert (issue.subject, issue.status) == ("Mended", Issue.Status.SENDING)


@pytest.fixture
def doubtful(editor: Client, sink: Sink) -> list[Delivery]:
    """Three mails that may have arrived or not, and one that did."""
    now = timezone.now()
    for name in ("ann", "bob", "eve", "kim"):
        subscribe(f"{name}@patient.example", now)
    issue = draft()
    issue_states.start(issue.pk, now)
    sending.send_round(now)
    rows = Delivery.objects.order_by("pk")
    rows.filter(pk__in=rows[:3]).update(status=Delivery.Status.UNKNOWN)
    return list(rows.filter(status=Delivery.Status.UNKNOWN))


def again(editor: Client, issue: Issue, **data: Any) -> str:
    answer = editor.post(hub(issue, "again"), data, follow=True)
    return " ".join(answer.content.decode().split())


def test_doubtful_mails_are_shown_and_chosen_ones_sent_again_by_a_person(
    editor: Client, doubtful: list[Delivery], sink: Sink
) -> None:
    issue = doubtful[0].issue
    chosen = [row.pk for row in doubtful[:2]]
    assert "ann@patient.example" in editor.get(hub(issue)).content.decode()
    page = again(editor, issue, delivery=chosen)
    assert "up to 2 people get it twice" in page
    assert Delivery.objects.needing_a_person().count() == 3
    assert page.count('name="delivery"') == 2

    page = again(editor, issue, delivery=chosen, number=2)
    assert "2 mails are sent once more." in page
    sending.send_round(timezone.now())
    assert [row.pk for row in Delivery.objects.needing_a_person()] == [doubtful[2].pk]
    assert len(sink.mails) == 6
    assert "newsletter.send_again" in actions()


def test_all_doubtful_mails_are_sent_again_but_not_to_who_left(
    editor: Client, doubtful: list[Delivery]
) -> None:
    issue = doubtful[0].issue
    assert "Send all 3 again" in again(editor, issue)
    assert "up to 3 people" in again(editor, issue, all="1")
    # Somebody leaves before it is answered: it is asked anew.
    assert doubtful[0].subscriber
    subscriptions.unsubscribe(doubtful[0].subscriber.public_id, timezone.now())
    assert "up to 2 people" in again(editor, issue, all="1", number=3)
    again(editor, issue, all="1", number=2)

    assert [row.pk for row in Delivery.objects.needing_a_person()] == [doubtful[0].pk]


def test_nothing_of_a_cancelled_issue_can_be_chosen(
    editor: Client, doubtful: list[Delivery]
) -> None:
    issue = doubtful[0].issue
    assert 'name="delivery"' in editor.get(hub(issue)).content.decode()
    Issue.objects.filter(pk=issue.pk).update(status=Issue.Status.CANCELLED)
    page = editor.get(hub(issue)).content.decode()

    assert "ann@patient.example" in page
    assert 'name="delivery"' not in page


@pytest.mark.parametrize("chosen", ["", "x", "0", "9" * 30])
def test_nothing_is_sent_again_where_none_is_chosen(
    chosen: str, editor: Client, doubtful: list[Delivery]
) -> None:
    page = again(editor, doubtful[0].issue, delivery=chosen, number=1)

    assert "Choose a mail that can still be sent again." in page
    assert Delivery.objects.needing_a_person().count() == 3


def test_asking_is_not_enough_to_send_again(
    editor: Client, doubtful: list[Delivery], staff: Staff
) -> None:
    issue = doubtful[0].issue
    assert editor.get(hub(issue, "again"), {"all": 1}).status_code == 405
    user = staff("Reception")
    user.groups.clear()
    editor.force_login(user)
    editor.post(hub(issue, "again"), {"all": 1, "number": 3})

    assert Delivery.objects.needing_a_person().count() == 3


def test_staff_are_told_which_articles_a_mail_would_leave_out(
    editor: Client, index: ArticleIndexPage
) -> None:
    subscribe(at=timezone.now())
    shown, hidden = (
        ArticlePageFactory(parent=index, title=title, slug=title.lower(), live=live)
        for title, live in [("Shown", True), ("Hidden", False)]
    )
    issue = draft(
        articles=[
            ("article", {"article": one, "teaser": ""}) for one in (shown, hidden)
        ]
    )
    page = editor.get(hub(issue)).content.decode()
    assert "<li>Hidden</li>" in page
    assert "<li>Shown</li>" not in page

    hidden.save_revision().publish()
    assert "leaves them out" not in editor.get(hub(issue)).content.decode()


def test_an_issue_of_which_nothing_is_left_is_not_sent(
    editor: Client, index: ArticleIndexPage
) -> None:
    subscribe(at=timezone.now())
    article = ArticlePageFactory(
        parent=index, title="Hidden", slug="hidden", live=False
    )
    issue = draft(
        introduction="<p></p>",
        articles=[("article", {"article": article, "teaser": ""})],
    )
    answer = editor.post(hub(issue, "step", "send"), follow=True)

    assert "none of its articles is published" in answer.content.decode()
    assert not Delivery.objects.exists()


def test_the_report_counts_what_became_of_an_issue(editor: Client, sink: Sink) -> None:
    people = [subscribe(f"p{n}@patient.example", timezone.now()) for n in range(3)]
    issue = draft()
    issue_states.start(issue.pk, timezone.now())
    sink.script = [Mode.REFUSED]
    sending.send_round(timezone.now())
    subscriptions.unsubscribe(people[1].public_id, timezone.now())
    page = " ".join(editor.get(hub(issue)).content.decode().split())

    assert '<th scope="row">Queued</th><td>3</td>' in page
    assert '<th scope="row">Sent</th><td>2</td>' in page
    assert "<td>1<br>1 × The mail server refused the mail (550 5.1.1).</td>" in page
    assert '<th scope="row">Unsubscribed since</th><td>1</td>' in page


def test_the_list_shows_every_issue(editor: Client) -> None:
    draft()
    page = editor.get(LISTING).content.decode()

    assert "Skin in spring" in page
    assert "Digest of new articles" in page
