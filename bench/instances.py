"""Two instances on PostgreSQL and Redis: are edits seen in time, and does reading outlive
the database?"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, cast

from bench import processes, services, wrk

ARTICLE = "/articles/how-micro-needling-works/"
READ = ["/", "/articles/", ARTICLE]
EDITS = 100
# Within this time an edit is to be seen everywhere.
SECONDS = 2.0
# Each on a connection of its own, so that every worker of an instance is asked.
ASKED = 12
TOGETHER = 50


def get(port: int, path: str) -> tuple[int, str, str]:
    """Return status, `X-Cache` and text of a page, on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": "127.0.0.1"})
        answer = connection.getresponse()
        text = answer.read().decode()
    except (OSError, HTTPException) as error:
        return 0, type(error).__name__, ""
    finally:
        connection.close()
    return answer.status, answer.headers.get("X-Cache", ""), text


def post_beacon(port: int, key: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Host": "127.0.0.1", "User-Agent": "Mozilla/5.0 Firefox/140.0"}
    connection.request("POST", f"/articles/{key}/view/", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


@contextmanager
def load(ports: list[int]) -> Iterator[None]:
    """Keep both instances busy with readers."""
    # Under the site's own name: only those pages are kept.
    arguments = [wrk.PROGRAM, "-t1", "-c8", "-d600s", "-H", "Host: 127.0.0.1"]
    readers = [
        subprocess.Popen(  # noqa: S603 (our own arguments)
            [*arguments, f"http://127.0.0.1:{port}{ARTICLE}"],
            stdout=subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        yield
    finally:
        for reader in readers:
            reader.terminate()
            reader.wait()


class Editor:
    """Publishes the article anew from a process of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.editor"],
            cwd=processes.ROOT,
            env=processes.with_environment(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._to = cast("IO[str]", self._process.stdin)
        self._from = cast("IO[str]", self._process.stdout)

    def publish(self, title: str) -> None:
        """Publish with this title; return when it is stored."""
        self._to.write(f"{title}\n")
        self._to.flush()
        if self._from.readline() != "published\n":
            raise ValueError("the editor failed")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def measure(folder: Path) -> dict[str, object]:
    """Return in how many of the edits each worker was true in time, and the rest."""
    folder.mkdir()
    with ExitStack() as stack:
        database = stack.enter_context(services.postgresql())
        cache = stack.enter_context(services.redis())
        environment = processes.site_environment(folder, database.url)
        environment["CACHE_URL"] = cache
        processes.run([sys.executable, "manage.py", "quickstart"], environment)
        ports = [
            stack.enter_context(processes.served("clinic_site.wsgi", environment))[0]
            for _instance in range(2)
        ]
        editor = Editor(environment)
        stack.callback(editor.close)
        with load(ports):
            seen = [edit_is_seen(ports, editor, number) for number in range(EDITS)]
        return {
            f"edits seen everywhere within {SECONDS:.0f} s": f"{sum(seen)} of {EDITS}",
            f"of {TOGETHER} first requests at once": first_requests(ports[0], editor),
            **without_database(ports, environment, database),
        }


def edit_is_seen(ports: list[int], editor: Editor, number: int) -> bool:
    title = f"Edit number {number}."
    editor.publish(title)
    stored = time.monotonic()
    time.sleep(SECONDS - (time.monotonic() - stored))
    return all(
        title in get(port, ARTICLE)[2] for port in ports for _request in range(ASKED)
    )


def first_requests(port: int, editor: Editor) -> dict[str, int]:
    """Return how many of the requests after an edit were rendered, and how many waited."""
    editor.publish("Asked at once")
    time.sleep(SECONDS)
    with ThreadPoolExecutor(TOGETHER) as threads:
        answers = list(threads.map(lambda _number: get(port, ARTICLE), range(TOGETHER)))
    return dict(Counter(state for _status, state, _text in answers))


def without_database(
    ports: list[int], environment: dict[str, str], database: services.PostgreSQL
) -> dict[str, object]:
    key = processes.query(
        environment, "ArticlePage.objects.get(slug='how-micro-needling-works').pk"
    )
    asked = [(port, path) for port in ports for path in READ for _ in range(ASKED)]
    for port, path in asked:
        get(port, path)
    database.stop()
    time.sleep(SECONDS)
    answers = Counter(
        f"{status} {state}" for status, state, _text in (get(*one) for one in asked)
    )
    beacon = post_beacon(ports[0], key)
    database.start()
    begun = time.monotonic()
    while post_beacon(ports[0], key) != 200 or post_beacon(ports[1], key) != 200:
        if time.monotonic() - begun > 60:
            raise ValueError("it did not recover")
        time.sleep(0.1)
    recovered = time.monotonic() - begun
    after = Counter(status for status, _state, _text in (get(*one) for one in asked))
    return {
        "pages read before, database stopped": dict(answers),
        "beacon, database stopped": beacon,
        "beacons counted again, seconds after its start": round(recovered, 1),
        "pages after its start": dict(after),
    }
