import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from wagtail.models import ModelLogEntry

from clinic_info.newsletter import subscriber_files, subscriptions
from clinic_info.newsletter.models import Consent, Subscriber
from tests.clinic_info.newsletter.conftest import NOW, subscribe

Staff = Callable[[str], AbstractUser]
LISTING = "/admin/newsletter/subscribers/"
IMPORT = f"{LISTING}import/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def reception(staff: Staff, client: Client) -> Client:
    """The browser at the reception."""
    client.force_login(staff("Reception"))
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def look_through(client: Client, content: str | bytes, source: str = "A list") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    upload = SimpleUploadedFile("people.csv", raw, "text/csv")
    return client.post(IMPORT, {"file": upload, "source": source})


def test_subscribers_are_listed_searched_and_filtered(reception: Client) -> None:
    subscribe("ann@patient.example")
    subscriptions.ask("bob@patient.example", subscriptions.Asked(NOW))

    everyone = text(reception.get(LISTING))
    assert "ann@patient.example" in everyone
    assert "bob@patient.example" in everyone
    assert "bob@" not in text(reception.get(f"{LISTING}?q=ann"))
    assert "ann@" not in text(reception.get(f"{LISTING}?status=waiting"))


def test_what_is_known_of_a_person_is_on_one_page(reception: Client) -> None:
    ann = subscribe()

    assert "a paper form" in text(reception.get(f"{LISTING}{ann.pk}/"))


def test_staff_add_who_agreed_elsewhere(reception: Client) -> None:
    data = {"email": " Ann@Patient.example", "source": "Paper form, 1 March"}
    reception.post(f"{LISTING}add/", data)

    ann = Subscriber.objects.confirmed().get()
    assert ann.email == "ann@patient.example"
    consent = ann.consents.get()
    assert (consent.kind, consent.source) == ("added", "Paper form, 1 March")


def test_staff_do_not_bring_back_who_left(reception: Client) -> None:
    subscriptions.erase(subscribe().public_id, NOW)
    for data in (
        {"email": "ann@patient.example", "source": "Paper"},
        {"email": "ann", "source": "Paper"},
        {"email": "bob@patient.example", "source": ""},
    ):
        answer = reception.post(f"{LISTING}add/", data)
        assert answer.status_code == 422
        assert data["email"] in text(answer)

    assert not Subscriber.objects.exists()


def test_staff_unsubscribe_and_delete_for_somebody(reception: Client) -> None:
    ann, bob = subscribe(), subscribe("bob@patient.example")
    reception.post(f"{LISTING}{ann.pk}/unsubscribe/")
    reception.get(f"{LISTING}{bob.pk}/erase/")
    assert Subscriber.objects.count() == 2
    reception.post(f"{LISTING}{bob.pk}/erase/")

    assert Subscriber.objects.get().status == Subscriber.Status.UNSUBSCRIBED


def test_no_log_keeps_an_address(reception: Client, tmp_path: Any) -> None:
    reception.post(
        f"{LISTING}add/", {"email": "ann@patient.example", "source": "Paper"}
    )
    ann = Subscriber.objects.get()
    reception.post(f"{LISTING}{ann.pk}/unsubscribe/")
    reception.post(f"{LISTING}export/")
    reception.post(f"{LISTING}{ann.pk}/erase/")

    assert ModelLogEntry.objects.count() == 4
    dump = tmp_path / "dump.json"
    call_command("dumpdata", output=str(dump))
    assert "ann@patient" not in dump.read_text()


# Import


FILE = (
    "Email,Source\n"
    "ann@patient.example,Paper form\n"
    "BOB@patient.example,\n"
    "known@patient.example,Paper form\n"
    "gone@patient.example,Paper form\n"
    "no address,Paper form\n"
    "Ann@Patient.example,Paper form\n"
)


def test_a_file_is_looked_through_before_anything_changes(reception: Client) -> None:
    subscribe("known@patient.example")
    subscriptions.erase(subscribe("gone@patient.example").public_id, NOW)
    page = text(look_through(reception, FILE))

    assert "2 subscribers would be added. Nothing has been changed yet." in page
    for reason, line in [
        ("In the list already", 4),
        ("Does not want the newsletter", 5),
        ("No email address", 6),
        ("Twice in the file", 7),
    ]:
        assert f"{reason}</th><td>{line}</td>" in page
    assert Subscriber.objects.count() == 1


def test_what_was_looked_through_is_imported_with_its_source(
    reception: Client,
) -> None:
    subscriptions.erase(subscribe("gone@patient.example").public_id, NOW)
    data = {"content": FILE, "source": "A list of 2025", "store": "yes"}
    page = text(reception.post(IMPORT, data))
    assert "3 subscribers were added." in page
    assert "0 subscribers were added." in text(reception.post(IMPORT, data))

    sources = dict(Consent.objects.values_list("subscriber__email", "source"))
    assert sources["ann@patient.example"] == "Paper form"
    assert sources["bob@patient.example"] == "A list of 2025"
    assert "gone@patient.example" not in sources
    assert ModelLogEntry.objects.filter(action="newsletter.import").count() == 2


def test_the_largest_file_that_can_be_looked_through_can_be_imported(
    reception: Client,
) -> None:
    line = "ann@patient.example," + "x" * 400 + "\n"
    content = "email,source\n" + line * (subscriber_files.MOST_BYTES // len(line))
    assert "1 subscriber would be added" in text(look_through(reception, content))

    # As browsers send what stands in a field.
    data = {"content": content.replace("\n", "\r\n"), "source": "", "store": "yes"}
    assert "1 subscriber was added." in text(reception.post(IMPORT, data))


def test_nobody_is_imported_without_a_source(reception: Client) -> None:
    page = text(look_through(reception, "email\nann@patient.example\n", source=""))

    assert "0 subscribers would be added" in page
    assert "Does not say where the person agreed</th><td>2</td>" in page


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00a",
        b"name\nAnn\n",
        b'email\n"ann@patient.example\n',
        b"email\nann\x00@patient.example\n",
        b"email\n" + b"x" * subscriber_files.MOST_BYTES,
    ],
)
def test_a_file_that_is_none_is_refused_beside_the_field(
    content: bytes, reception: Client
) -> None:
    answer = look_through(reception, content)

    assert answer.status_code == 422
    assert not Subscriber.objects.exists()


def test_files_of_other_spreadsheets_are_read(reception: Client) -> None:
    content = b"\xef\xbb\xbfE-mail;Source\r\nann@patient.example;Liste\r\n"

    assert "1 subscriber would be added" in text(look_through(reception, content))


# Export


def test_an_export_holds_no_formulas_and_is_logged(reception: Client) -> None:
    made = subscriptions.add(
        "=cmd@patient.example".replace("=", "-"), "=1+1", subscriptions.Kind.ADDED, NOW
    )
    assert made is not None
    subscribe("ann@patient.example")
    assert reception.get(f"{LISTING}export/").status_code == 200
    assert not ModelLogEntry.objects.exists()
    answer = reception.post(f"{LISTING}export/")
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode())))

    assert [row[0] for row in rows] == [
        "email",
        "'-cmd@patient.example",
        "ann@patient.example",
    ]
    assert rows[1][2] == "'=1+1"
    assert rows[2][2] == "a paper form"
    entry = ModelLogEntry.objects.get()
    assert (entry.action, entry.data["number"]) == ("newsletter.export", 2)


def test_what_was_exported_can_be_imported(reception: Client) -> None:
    subscriptions.add("-ann@patient.example", "Paper", subscriptions.Kind.ADDED, NOW)
    exported = reception.post(f"{LISTING}export/").getvalue()
    Subscriber.objects.all().delete()
    reception.post(IMPORT, {"content": exported.decode(), "store": "yes"})

    assert Subscriber.objects.get().email == "-ann@patient.example"


@pytest.mark.parametrize(
    "path", ["add/", "import/", "export/", "{pk}/erase/", "{pk}/unsubscribe/"]
)
def test_editors_see_subscribers_and_no_more(
    path: str, staff: Staff, client: Client
) -> None:
    ann = subscribe()
    client.force_login(staff("Editors"))

    assert client.get(LISTING).status_code == 200
    assert client.get(f"{LISTING}{ann.pk}/").status_code == 200
    answer = client.post(LISTING + path.format(pk=ann.pk), {"email": "x@y.example"})
    assert answer.status_code in {302, 403}
    assert Subscriber.objects.get().status == Subscriber.Status.CONFIRMED
    assert not ModelLogEntry.objects.exists()


def test_the_dashboard_says_how_the_newsletter_grows(reception: Client) -> None:
    subscribe()
    for name in ("bob", "eve"):
        subscriptions.ask(f"{name}@patient.example", subscriptions.Asked(NOW))
    bob = Subscriber.objects.get(email="bob@patient.example")
    Subscriber.objects.filter(pk=bob.pk).update(status="confirmed", confirmed_at=NOW)
    page = text(reception.get("/admin/"))

    assert "2 subscribers" in page
    assert "in the last 30 days 2 joined and 0 left." in page
    assert "Of 2 who asked, 50 % confirmed." in page


def test_an_import_confirms_nobody_whom_its_own_file_calls_unconfirmed() -> None:
    content = b"email,status,source\na@x.example,waiting,p\nb@x.example,confirmed,p\n"
    receipt = subscriber_files.store(*subscriber_files.read(content, ""), NOW)

    assert (receipt.added, receipt.unconfirmed) == (1, [2])
    assert Subscriber.objects.get().email == "b@x.example"


@pytest.mark.parametrize("way", ["added", "imported"])
def test_who_waits_for_a_confirmation_is_added_by_staff(way: str) -> None:
    email = "ann@patient.example"
    subscriptions.ask(email, subscriptions.Asked(NOW))
    if way == "added":
        subscribe(email)
    else:
        content = f"email,source\n{email},a paper form\n".encode()
        lines = subscriber_files.read(content, "")
        assert subscriber_files.store(*lines, NOW).added == 1

    ann = Subscriber.objects.get()
    assert (ann.status, ann.confirmed_at) == (Subscriber.Status.CONFIRMED, NOW)
    assert ann.consents.get(kind=way).source == "a paper form"


def test_staff_add_an_address_again_that_had_ceased_to_exist_but_no_file_does(
    reception: Client,
) -> None:
    subscriptions.note_bounce(subscribe(at=NOW - timedelta(days=9)).pk, NOW)
    content = b"email,source\nann@patient.example,an old list\n"
    receipt = subscriber_files.store(*subscriber_files.read(content, ""), NOW)
    assert (receipt.added, receipt.known) == (0, [2])
    assert not Subscriber.objects.confirmed().exists()

    data = {"email": "ann@patient.example", "source": "By phone, 2 March"}
    assert reception.post(f"{LISTING}add/", data).status_code == 302
    ann = Subscriber.objects.confirmed().get()
    assert ann.consents.filter(kind="added").count() == 2
