import pytest
from django.db import DatabaseError

from clinic_site import content_version
from tests.clinic_site.page_cache.cached_site import Site


def test_without_the_database_the_newest_copy_is_shown_for_a_day(site: Site) -> None:
    site.get()
    site.version = None
    site.status = "500 Internal Server Error"
    site.now += 3600

    reply = site.get()
    assert (reply.state, reply.status, reply.body) == ("stale", "200 OK", b"page 1")
    assert reply.headers["Age"] == "3600"
    assert site.get("/never-read").status.startswith("500")
    site.now += 24 * 3600
    assert site.get().status.startswith("500")
    site.version, site.status = 7, "200 OK"
    site.now += 2
    assert site.get().state == "miss"


def test_a_database_that_is_gone_is_not_asked_by_each_reader(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def nobody_there() -> None:
        asked.append(1)
        site.now += 3  # until it is clear that nobody answers

    site.get()
    site.now += 3600
    monkeypatch.setattr(content_version, "_asked", nobody_there)

    assert [site.get().state for _reader in range(5)] == ["stale"] * 5
    assert len(asked) == 1


def test_a_late_answer_does_not_replace_what_is_known_since(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowledge = content_version.Knowledge(lambda: site.now)

    def slow() -> int:
        site.now += 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(content_version, "_asked", lambda: 8)
            assert knowledge.ask() == 8
        return 7

    monkeypatch.setattr(content_version, "_asked", slow)
    assert knowledge.ask() == 7
    assert knowledge.version == 8


def test_a_copy_that_is_known_to_be_superseded_is_never_shown(site: Site) -> None:
    site.get("/a")
    site.get("/b")
    site.version = 8
    site.now += 2
    site.get("/a")
    site.version = None
    site.now += 600
    site.status = "500 Internal Server Error"

    assert site.get("/a").state == "stale"
    assert site.get("/b").status.startswith("500")


def test_a_render_that_raises_is_survived_only_without_the_database(
    site: Site,
) -> None:
    def broken() -> bytes:
        raise DatabaseError

    site.get()
    site.body = broken
    site.now += 301
    with pytest.raises(DatabaseError):
        site.get()
    site.version = None
    assert site.get().state == "stale"
