import pytest

from clinic_site import content_version
from tests.clinic_site.page_cache.cached_site import Site


@pytest.mark.parametrize("is_own", [True, False])
def test_a_clock_that_is_put_back_hides_no_change(
    site: Site, is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.get()
    site.now -= 3600
    site.version = 8
    if is_own:
        moves = content_version._own_moves + 1
        monkeypatch.setattr(content_version, "_own_moves", moves)

    assert site.get().body == b"page 2"


def test_a_page_from_before_the_clock_was_put_back_is_not_kept_longer(
    site: Site,
) -> None:
    site.get()
    site.now -= 3600

    assert [site.get().state, site.get().state] == ["miss", "hit"]
