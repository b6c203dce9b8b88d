import tracemalloc

from tests.clinic_site.page_cache.cached_site import COMMON, Site


def test_memory_is_bounded_and_what_is_read_stays(site: Site) -> None:
    site.body = lambda: bytes(1000)
    site.cache._most_bytes = 40_000
    for number in range(50):
        site.get(f"/{number}")
        site.get("/0")

    assert site.cache._bytes <= 40_000
    assert len(site.cache._answers) > 5
    assert site.get("/0").state == "hit"
    assert site.get("/7").state == "miss"


def test_long_addresses_take_no_more_memory_than_is_allowed(site: Site) -> None:
    site.status = "301 Moved Permanently"
    site.body = lambda: b""
    site.cache._most_bytes = most = 500_000
    tracemalloc.start()
    try:
        for number in range(200):
            path = f"/{number:04}{'a' * 4000}"
            site.headers = [*COMMON, ("Location", f"{path}/")]
            site.get(path)
            site.rendered.clear()
        taken, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken < most
    assert len(site.cache._answers) > 20
