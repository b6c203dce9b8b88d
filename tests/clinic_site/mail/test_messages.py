from pathlib import Path

import pytest
from django.conf import settings as site_settings
from pytest_django import Settings

from clinic_info.details import ClinicDetails
from clinic_site.mail import messages
from clinic_site.mail.delivery import MailServer
from clinic_site.mail.kinds import kind
from clinic_site.mail.messages import Message, build, message_id, one_line, render
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db

TEMPLATES = {
    "subject.txt": "\n{{ name }} & {{ letterhead.name }}\n",
    "txt": (
        '{% extends "clinic_site/emails/frame.txt" %}'
        "{% block content %}\n\n\n\nDear {{ name }}\n\n\n\nBye{% endblock %}"
    ),
    "html": (
        '{% extends "clinic_site/emails/frame.html" %}'
        '{% block content %}<p>Dear {{ name }}</p><a class="button" href="/">Go</a>'
        "{% endblock %}"
    ),
}


@pytest.fixture
def template(settings: Settings, tmp_path: Path) -> str:
    for part, source in TEMPLATES.items():
        (tmp_path / f"hello.{part}").write_text(source)
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], tmp_path]}]
    return "hello"


@pytest.fixture
def clinic() -> ClinicDetails:
    details = ClinicDetails.load()
    details.name = "Müller & Söhne"
    details.address = "1 High Street\nLinden"
    details.save()
    return details


def test_a_mail_has_both_parts_in_the_clinics_frame(
    template: str, clinic: ClinicDetails, sink: Sink
) -> None:
    message = render(template, {"name": "<b>Ann</b>"})
    with MailServer() as server:
        server.deliver(build(message, recipient="ann@patient.example", name="hello:1"))

    arrived = sink.mails[0]
    assert arrived.mail["Subject"] == "<b>Ann</b> & Müller & Söhne"
    assert arrived.part("plain") == (
        "Dear <b>Ann</b>\n\nBye\n\n--\nMüller & Söhne\n1 High Street\nLinden\n"
    )
    html = arrived.part("html")
    assert "&lt;b&gt;Ann&lt;/b&gt;" in html
    assert "Müller &amp; Söhne<br>1 High Street<br>Linden" in html


def test_styles_stand_in_the_elements_and_dark_colours_in_the_head(
    template: str, clinic: ClinicDetails
) -> None:
    html = render(template, {"name": "Ann"}).html

    body = html.partition("<body")[2]
    assert 'href="/" style="' in body or "background-color: #0f4c4a" in body
    assert "prefers-color-scheme: dark" in html.partition("<body")[0]
    assert "{" not in body


def test_the_headers_say_who_sent_it_and_that_a_machine_did(
    clinic: ClinicDetails, sink: Sink
) -> None:
    message = Message("Hello", "Text", "<p>Text</p>", {"List-Id": "<news.clinic>"})
    with MailServer() as server:
        server.deliver(build(message, recipient="ann@patient.example", name="hello:1"))

    mail = sink.mails[0].mail
    assert mail["From"] == "Müller & Söhne <no-reply@localhost>"
    assert sink.mails[0].sender == "no-reply@localhost"
    assert mail["To"] == "ann@patient.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<news.clinic>"
    assert mail["Message-ID"] == message_id("hello:1")


def test_a_sender_with_a_name_keeps_it(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Reception <desk@clinic.example>"

    assert messages.default_sender() == "Reception <desk@clinic.example>"


def test_message_ids_belong_to_the_mail_and_to_our_domain(settings: Settings) -> None:
    settings.SITE_URL = "https://clinic.example:8443"

    assert message_id("a") == message_id("a") != message_id("b")
    assert message_id("a").endswith("@clinic.example>")


def test_every_kind_of_mail_has_its_function() -> None:
    for name in site_settings.MAIL_KINDS:
        assert callable(kind(name))
    assert messages.letterhead().name


NASTY = "Hello\r\nBcc: eve@evil.example\n\nText\0\x85\u2028"


def test_a_subject_stays_one_line(sink: Sink) -> None:
    message = Message(NASTY, "Text", "<p>Text</p>")
    with MailServer() as server:
        server.deliver(build(message, recipient="ann@patient.example", name="hello:1"))

    assert sink.mails[0].mail["Subject"] == "Hello Bcc: eve@evil.example Text"
    assert sink.mails[0].mail["Bcc"] is None
    assert sink.mails[0].recipients == ["ann@patient.example"]


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\u2028"])
def test_a_header_of_more_than_one_line_is_refused(character: str) -> None:
    message = Message("Hello", "", "", {"List-Id": f"a{character}Bcc: b"})

    with pytest.raises(ValueError, match="List-Id"):
        build(message, recipient="ann@patient.example", name="hello:1")


def test_long_and_foreign_texts_arrive_whole(sink: Sink) -> None:
    text = "皮膚 " * 2000 + "\n.\nend\n"
    message = Message("皮膚" * 60, text, f"<p>{text}</p>")
    with MailServer() as server:
        server.deliver(build(message, recipient="ann@patient.example", name="hello:1"))

    assert sink.mails[0].part("plain") == text
    assert sink.mails[0].mail["Subject"].replace(" ", "") == "皮膚" * 60


def test_one_line_takes_translations() -> None:
    assert one_line(" a\n\tb\x00c ") == "a b c"
