"""Measure the site beside its limits and a peer, and print ratios to a bare Django.

    python -m bench [--seconds 4] [--repeats 5] [--articles 10000]

Every round measures each candidate once, so that whatever disturbs the machine disturbs all.
The table shows the median of the rounds' ratios, with the least and the greatest.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench import (
    beacons,
    first_view,
    instances,
    opening_hours,
    processes,
    services,
    wrk,
)

ARTICLE = "/articles/how-micro-needling-works/"
HOST = {"Host": "127.0.0.1"}
REPORT = "/admin/reports/article-views/"
HELLO = "bare Django, hello"
# With the ten of the sample content as many as any page lists.
SAME_ROWS = 10
RESULTS = processes.ROOT / "var" / "bench.json"


@dataclass(frozen=True)
class Measured:
    """What a second brought, and what a request cost the workers in processor time."""

    per_second: float
    milliseconds: float | None = None


@dataclass
class Candidate:
    """One address of one server, measured for a number of seconds."""

    name: str
    measure: Callable[[int], Measured]


def prepare_site(folder: Path, articles: int) -> dict[str, str]:
    """Make a site with the sample content and more articles; return its settings."""
    environment = processes.site_environment(folder)
    python = sys.executable
    processes.run([python, "manage.py", "quickstart"], environment)
    processes.run([python, "manage.py", "collectstatic", "--noinput"], environment)
    if articles:
        processes.run([python, "-m", "bench.make_data", str(articles)], environment)
    return environment


def prepare_peer(folder: Path) -> dict[str, str]:
    """Make the site that `wagtail start` makes; return its settings."""
    processes.run(
        [str(Path(sys.executable).parent / "wagtail"), "start", "peer", str(folder)], {}
    )
    (folder / "peer" / "settings" / "local.py").write_text(
        "DEBUG = False\nALLOWED_HOSTS = ['*']\nSECRET_KEY = 'x' * 60\n"
        "LOGGING = {'version': 1, 'disable_existing_loggers': True}\n"
        "STORAGES = {'default': {'BACKEND': 'django.core.files.storage.FileSystemStorage'},"
        " 'staticfiles': {'BACKEND':"
        " 'django.contrib.staticfiles.storage.StaticFilesStorage'}}\n"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "peer.settings.dev"}
    processes.run([sys.executable, "manage.py", "migrate"], environment, folder)
    return environment


def answer(port: int, path: str) -> tuple[str, str]:
    """Return the ETag of a path and how the page cache came by it."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Host": "127.0.0.1"})
    response = connection.getresponse()
    response.read()
    return response.headers.get("ETag", ""), response.headers.get("X-Cache", "")


def candidates(stack: ExitStack, folder: Path, articles: int) -> list[Candidate]:
    """Start every server and name what is measured on each."""
    serve = stack.enter_context
    bare = serve(processes.served("bench.servers.bare_wsgi"))
    hello = serve(processes.served("bench.servers.django_hello"))
    peer_folder = folder / "peer"
    peer_folder.mkdir()
    peer_environment = prepare_peer(peer_folder)
    peer = serve(processes.served("peer.wsgi", peer_environment, peer_folder))
    found = [
        Candidate(HELLO, by_wrk(hello, "/")),
        Candidate("bare WSGI, 12.8 kB", by_wrk(bare, "/")),
        Candidate("wagtail start, first page", by_wrk(peer, "/")),
    ]
    # The report has twenty rows a page: with fewer articles it would have less to show.
    for count in (SAME_ROWS, articles):
        site_folder = folder / f"site-{count}"
        site_folder.mkdir()
        environment = prepare_site(site_folder, count)
        site = serve(processes.served("clinic_site.wsgi", environment))
        total = f"{count + 10:,} articles"
        etag, _state = answer(site[0], ARTICLE)
        packed = HOST | {"Accept-Encoding": "gzip"}
        uncached = serve(processes.served("bench.servers.uncached", environment))
        forgetful = serve(processes.served("bench.servers.forgetful", environment))
        key = processes.query(environment, "session_key()")
        staff = HOST | {"Cookie": f"sessionid={key}"}
        found += [
            Candidate(f"article, kept ({total})", by_wrk(site, ARTICLE, packed)),
            Candidate(
                f"article, 304 ({total})",
                by_wrk(site, ARTICLE, packed | {"If-None-Match": etag}),
            ),
            Candidate(f"list, kept ({total})", by_wrk(site, "/articles/", packed)),
            Candidate(f"article, uncached ({total})", by_wrk(uncached, ARTICLE)),
            Candidate(f"list, uncached ({total})", by_wrk(uncached, "/articles/")),
            Candidate(f"article, first time ({total})", by_wrk(forgetful, ARTICLE)),
            Candidate(f"list, first time ({total})", by_wrk(forgetful, "/articles/")),
            Candidate(f"report of views ({total})", by_wrk(site, REPORT, staff)),
            Candidate(
                f"memory of a worker, MB ({total})",
                lambda _seconds, pid=site[1]: Measured(
                    statistics.mean(processes.memory_of_workers(pid))
                ),
            ),
        ]
    return found


def by_wrk(
    server: tuple[int, int], path: str, headers: dict[str, str] | None = None
) -> Callable[[int], Measured]:
    port, pid = server

    def measure(seconds: int) -> Measured:
        before = processes.processor_seconds_of_workers(pid)
        found = wrk.requests_per_second(port, path, seconds, headers or HOST)
        used = processes.processor_seconds_of_workers(pid) - before
        return Measured(found, used / (found * seconds) * 1000)

    return measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--articles", type=int, default=10_000)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk measures: sudo apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="clinic-site-bench-") as name:
        folder = Path(name)
        with ExitStack() as stack:
            measured = candidates(stack, folder, options.articles)
            for candidate in measured:  # warm up: caches, connections
                candidate.measure(1)
            rounds = [
                {
                    candidate.name: candidate.measure(options.seconds)
                    for candidate in measured
                }
                for _ in range(options.repeats)
            ]
        results: dict[str, object] = {
            "rounds": [
                {name: asdict(one) for name, one in each.items()} for each in rounds
            ]
        }
        print_table(rounds)
        results["beacons on SQLite"] = beacons.measure(folder / "beacons")
        with services.postgresql() as server:
            found = beacons.measure(folder / "beacons-postgresql", server.url)
            results["beacons on PostgreSQL"] = found
        results["two instances"] = instances.measure(folder / "instances")
        results["first view"] = first_view.measure(folder / f"site-{SAME_ROWS}")
    results["opening hours, microseconds"] = opening_hours.measure()
    for name in list(results)[1:]:
        print(f"{name}: {json.dumps(results[name])}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1))
    print(f"Saved in {RESULTS.relative_to(processes.ROOT)}")


def print_table(rounds: list[dict[str, Measured]]) -> None:
    print(
        f"\n| {'':42} | ratio to hello: median (least–greatest) | a second "
        "| processor ms: median (least–greatest) |"
    )
    print("|---|---|---|---|")
    for name in rounds[0]:
        values = [one[name].per_second for one in rounds]
        if name.startswith("memory"):
            print(f"| {name:42} | | {statistics.median(values):.0f} | |")
            continue
        ratios = [one[name].per_second / one[HELLO].per_second for one in rounds]
        costs = [one[name].milliseconds or 0 for one in rounds]
        print(
            f"| {name:42} | {spread(ratios)} | {statistics.median(values):,.0f} "
            f"| {spread(costs)} |"
        )


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
