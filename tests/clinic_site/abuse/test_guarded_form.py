from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template.loader import render_to_string

from clinic_site.abuse import stamps
from clinic_site.abuse.guarded_form import GuardedForm
from clinic_site.abuse.limits import Limit
from clinic_site.abuse.models import RateCounter, RefusedForms
from clinic_site.abuse.refusals import forget_refusals

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db


class Question(GuardedForm):
    purpose = "question"
    per_address = Limit("question address", 2, HOUR)
    per_network = Limit("question network", 3, HOUR)
    in_all = Limit("question all", 4, HOUR)

    text = forms.CharField()


def sent(address: str = "192.0.2.1", about: str = "1", **values: Any) -> Question:
    made = NOW - timedelta(minutes=1)
    data = {
        "stamp": stamps.make("question:1", made),
        "text": "Does it hurt?",
        "website": "",
    } | values
    return Question(data, now=NOW, about=about, address=address)


def html(form: Question) -> str:
    context = {"form": form, "action": "/", "submit": "Send"}
    return render_to_string("components/form.html", context)


def reasons() -> dict[str, int]:
    return dict(RefusedForms.objects.values_list("reason", "forms"))


def test_a_form_shows_its_stamp_and_hides_its_trap_after_the_real_fields() -> None:
    form = Question(now=NOW, about="1")
    page = html(form)

    assert stamps.make("question:1", NOW) in page
    assert list(form.fields)[-1] == "website"
    assert page.index('name="text"') < page.index('name="website"')
    trap = page[page.index('<div class="visually-hidden" aria-hidden="true">') :]
    assert 'name="website"' in trap
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap
    for manager in ("1p-ignore", "bwignore", "lpignore", "form-type"):
        assert f"data-{manager}=" in trap


def test_an_honest_form_is_admitted() -> None:
    form = sent()

    assert not form.is_trapped
    assert form.has_room()
    assert form.has_good_stamp()
    assert form.is_valid()
    assert form.admit()
    assert reasons() == {}


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        ("", "forged"),
        (stamps.make("question:2", NOW - HOUR), "forged"),
        (stamps.make("question:1", NOW), "too_fast"),
        (stamps.make("question:1", NOW - timedelta(days=8)), "too_old"),
    ],
)
def test_a_bad_stamp_asks_to_send_once_more_with_one_that_will_do(
    stamp: str, reason: str
) -> None:
    form = sent(stamp=stamp, text="My <words>")

    assert not form.has_good_stamp()
    page = html(form)
    assert "Please send this once more" in page
    assert "My &lt;words&gt;" in page
    assert not form.errors
    # Whoever sends it once more at once is not told the same again.
    is_good_soon = reason == "too_fast"
    new = stamp if is_good_soon else stamps.make("question:1", NOW - stamps.SHORTEST)
    assert f'value="{new}"' in page
    assert reasons() == {reason: 1}
    assert RateCounter.objects.count() == 0
    later = Question(
        {"stamp": new, "text": "x", "website": ""},
        now=NOW + (stamps.SHORTEST if is_good_soon else timedelta()),
        about="1",
    )
    assert later.has_good_stamp()


def test_other_errors_leave_a_good_stamp_as_it_is() -> None:
    form = sent(text="")

    assert not form.is_valid()
    assert form.data["stamp"] in html(form)
    assert reasons() == {}


@pytest.mark.parametrize(
    ("website", "is_trapped"),
    [("https://spam.example", True), ("", False), (" ", False)],
)
def test_only_who_fills_in_the_trap_is_trapped(website: str, is_trapped: bool) -> None:
    form = sent(website=website, stamp="", text="")

    assert form.is_trapped == is_trapped


def test_a_form_is_given_back_as_long_as_a_limit_is_used_up() -> None:
    for _ in range(2):
        assert sent().admit()

    form = sent(text="<b>My words")
    assert not form.has_room()
    page = html(form)
    assert "try again in 60 minutes" in page
    assert "&lt;b&gt;My words" in page
    # The stamp is as good as it was.
    assert form.data["stamp"] in page
    assert reasons() == {"question address": 1}
    assert sent("192.0.2.2").has_room()


def test_asking_for_room_takes_none() -> None:
    assert all(sent().has_room() for _ in range(10))
    assert RateCounter.objects.count() == 0


def test_limits_hold_by_address_network_and_in_all() -> None:
    def admitted(address: str) -> bool:
        form = sent(address)
        assert form.is_valid()
        return form.admit()

    assert [admitted("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert [admitted("192.0.2.2") for _ in range(2)] == [True, False]
    assert [admitted("198.51.100.1") for _ in range(2)] == [True, False]
    assert reasons() == {
        "question address": 1,
        "question network": 1,
        "question all": 1,
    }


def test_whoever_sends_too_many_is_told_how_long_to_wait() -> None:
    forms_sent = [sent() for _ in range(3)]
    for form in forms_sent:
        form.is_valid()
        form.admit()

    assert "try again in 60 minutes" in html(forms_sent[-1])
    assert "Does it hurt?" in html(forms_sent[-1])


def test_refusals_are_logged_without_what_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="clinic_site.abuse")
    sent(stamp="forged-by-ann", text="ann@patient.example").has_good_stamp()

    assert [record.getMessage() for record in caplog.records] == [
        "Refused a form question: forged"
    ]


def test_tallies_are_deleted_after_three_months() -> None:
    sent(stamp="").has_good_stamp()
    forget_refusals(NOW + timedelta(days=90))
    assert RefusedForms.objects.exists()

    forget_refusals(NOW + timedelta(days=91))
    assert not RefusedForms.objects.exists()
