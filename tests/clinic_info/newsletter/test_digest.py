import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AbstractUser
from django.test import Client
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from clinic_info.newsletter import issue_states
from clinic_info.newsletter.digest import digest
from clinic_info.newsletter.issues import MOST_ARTICLES, Issue
from tests.clinic_info.newsletter.conftest import NOW, subscribe
from tests.clinic_info.newsletter.mailing import draft
from tests.factories import ArticlePageFactory

LISTING = "/admin/snippets/clinic_info/issue/"
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish(index: ArticleIndexPage) -> Callable[..., ArticlePage]:
    """Publish an article so many hours after midday."""

    def make(title: str, hours: float) -> ArticlePage:
        return ArticlePageFactory(
            parent=index,
            title=title,
            slug=title.lower(),
            first_published_at=NOW + hours * HOUR,
        )

    return make


def form() -> dict[str, str]:
    return nested_form_data(
        {
            "subject": "New articles",
            "preview_line": "",
            "introduction": rich_text("<p>Hello.</p>"),
            "articles": streamfield([]),
            "closing": rich_text(""),
        }
    )


def titles(issue: Issue) -> list[str]:
    return [block.value["article"].title for block in issue.articles]


def saved(issue: Issue) -> Issue:
    issue.introduction = "<p>Hello.</p>"
    issue.save()
    return issue


def sent(issue: Issue, at: datetime) -> None:
    subscribe(f"{saved(issue).pk}@patient.example")
    issue_states.start(issue.pk, at)


Publish = Callable[..., ArticlePage]


def test_what_appears_while_a_digest_is_written_is_in_the_next(
    publish: Publish,
) -> None:
    publish("Early", 1)
    first = saved(digest(NOW + 2 * HOUR))
    publish("Between", 3)
    sent(first, NOW + 4 * HOUR)
    publish("Late", 5)

    assert titles(first) == ["Early"]
    assert titles(digest(NOW + 6 * HOUR)) == ["Between", "Late"]


def test_what_its_writers_took_out_of_a_digest_does_not_come_again(
    publish: Publish,
) -> None:
    publish("Kept", 1)
    publish("Unfit", 2)
    issue = digest(NOW + 3 * HOUR)
    del issue.articles[1]
    sent(issue, NOW + 4 * HOUR)

    assert titles(digest(NOW + 5 * HOUR)) == []


def test_an_issue_made_by_hand_takes_away_only_what_it_holds(publish: Publish) -> None:
    publish("First", 1)
    second = publish("Second", 2)
    publish("Third", 3)
    sent(
        draft(articles=[("article", {"article": second, "teaser": ""})]), NOW + 4 * HOUR
    )

    assert titles(digest(NOW + 5 * HOUR)) == ["First", "Third"]


def test_what_is_scheduled_does_not_come_twice_but_what_was_given_up_comes_back(
    publish: Publish,
) -> None:
    publish("First", 1)
    issue = saved(digest(NOW + 2 * HOUR))
    assert titles(digest(NOW + 3 * HOUR)) == ["First"]
    issue_states.schedule(issue.pk, NOW + 9 * HOUR, NOW)
    assert titles(digest(NOW + 3 * HOUR)) == []
    issue_states.cancel(issue.pk, NOW)

    assert titles(digest(NOW + 3 * HOUR)) == ["First"]


def test_what_was_scheduled_and_given_up_after_a_later_digest_comes_back(
    publish: Publish,
) -> None:
    sent(digest(NOW), NOW)
    publish("First", 1)
    promised = saved(digest(NOW + 2 * HOUR))
    issue_states.schedule(promised.pk, NOW + 99 * HOUR, NOW)
    publish("Second", 3)
    later = digest(NOW + 4 * HOUR)
    assert titles(later) == ["Second"]
    sent(later, NOW + 4 * HOUR)
    publish("Third", 5)
    assert titles(digest(NOW + 6 * HOUR)) == ["Third"]
    issue_states.cancel(promised.pk, NOW)

    assert titles(digest(NOW + 6 * HOUR)) == ["First", "Third"]


def test_two_digests_that_both_go_out_leave_nothing_to_come_twice(
    publish: Publish,
) -> None:
    publish("First", 1)
    promised = saved(digest(NOW + 2 * HOUR))
    issue_states.schedule(promised.pk, NOW + 5 * HOUR, NOW)
    publish("Second", 3)
    sent(digest(NOW + 4 * HOUR), NOW + 4 * HOUR)
    sent(promised, NOW + 5 * HOUR)

    assert titles(digest(NOW + 6 * HOUR)) == []


def test_an_article_that_was_not_public_when_its_issue_went_out_comes_later(
    publish: Publish,
) -> None:
    hidden = publish("Hidden", 5)
    hidden.unpublish()
    public = publish("Public", 1)
    sent(
        draft(
            articles=[
                ("article", {"article": article, "teaser": ""})
                for article in (hidden, public)
            ]
        ),
        NOW + 4 * HOUR,
    )
    assert titles(digest(NOW + 4 * HOUR)) == []
    ArticlePage.objects.filter(pk=hidden.pk).update(live=True)

    assert titles(digest(NOW + 6 * HOUR)) == ["Hidden"]


def test_an_article_that_shows_a_little_after_its_time_is_not_lost(
    publish: Publish,
) -> None:
    sent(digest(NOW + HOUR), NOW + HOUR)
    # Its publication was being stored when the digest was made.
    publish("Slow", 1 - 1 / 3600)

    assert titles(digest(NOW + 2 * HOUR)) == ["Slow"]


def test_more_than_an_issue_holds_is_left_to_the_next(publish: Publish) -> None:
    sent(digest(NOW), NOW)
    for number in range(MOST_ARTICLES + 1):
        publish(f"Number-{number}", 1 + number / 100)
    issue = digest(NOW + 2 * HOUR)
    assert titles(issue)[0] == "Number-0"
    sent(issue, NOW + 2 * HOUR)

    assert titles(digest(NOW + 3 * HOUR)) == [f"Number-{MOST_ARTICLES}"]


def test_an_editor_makes_a_digest_and_its_moment_is_that_of_the_list(
    publish: Publish, staff: Callable[[str], AbstractUser], client: Client
) -> None:
    client.force_login(staff("Editors"))
    now = timezone.now()
    publish("Old", -9000)
    for title, hours in (("Newest", -1), ("New", -2)):
        publish(title, (now - NOW) / HOUR + hours)
    page = client.get(f"{LISTING}add/?digest=1").content.decode()
    assert page.index("&quot;New&quot;") < page.index("&quot;Newest&quot;")
    assert "&quot;Old&quot;" not in page
    assert not Issue.objects.exists()

    action = re.search(r'action="([^"]+add/[^"]+)"', page)
    assert action
    client.post(html.unescape(action[1]), form())
    made = Issue.objects.get().new_until
    assert made
    assert now - 2 * HOUR < made < timezone.now()


@pytest.mark.parametrize("moment", ["1", "", "2999-01-01T00:00+00:00", "2020-01-01"])
def test_a_moment_that_is_none_is_ignored(
    moment: str, staff: Callable[[str], AbstractUser], client: Client
) -> None:
    client.force_login(staff("Editors"))
    client.post(f"{LISTING}add/", form(), query_params={"digest": moment})

    assert Issue.objects.get().new_until is None
