import pytest
from django.test import Client
from pytest_django import Settings


# None of these tests may use the database: the process is alive without it.
@pytest.mark.parametrize("host", ["testserver", "10.0.0.7:8000", "unknown.example", ""])
def test_livez_answers_whatever_host_is_asked_for(
    client: Client, settings: Settings, host: str
) -> None:
    settings.ALLOWED_HOSTS = ["clinic.example"]

    response = client.get("/livez", headers={"host": host})

    assert response.status_code == 200
    assert response.content == b"alive\n"


def test_livez_answers_over_http_where_readers_are_sent_to_https(
    client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/livez").status_code == 200
    assert client.get("/").status_code == 301


def test_livez_is_kept_by_nobody_and_sets_no_cookie(client: Client) -> None:
    response = client.get("/livez")

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "text/plain"
    assert not response.cookies


def test_only_the_exact_address_is_a_probe(client: Client, db: None) -> None:
    assert client.get("/livez/").status_code == 404
    assert client.get("/articles/livez").status_code != 200


def test_other_pages_refuse_an_unknown_host(client: Client, db: None) -> None:
    assert client.get("/", headers={"host": "unknown.example"}).status_code == 400
