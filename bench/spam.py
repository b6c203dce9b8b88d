"""A flood of spam: what is shown, stored and refused, and what readers notice meanwhile.

`python -m bench.spam 10000` makes a site of its own, sends so many comments from 50 networks
within a minute if the machine can, and one honest comment and readers of the article in their
midst.
"""

import os
import re
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from threading import Event
from urllib.parse import urlencode

from bench.processes import (
    processor_seconds_of_workers,
    run,
    served,
    site_environment,
)

NETWORKS = 50
CLIENTS = 8
SECONDS = 60
ARTICLE = "/articles/needles/"
MAKE_ARTICLE = """
from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
body = [{"type": "section", "value": {"heading": "A", "anchor": "", "content": [
    {"type": "paragraph", "value": "<p>Needles open channels.</p>"}]}}]
page = ArticlePage(title="Needles", slug="needles", body=body)
ArticleIndexPage.objects.get().add_child(instance=page)
page.save_revision().publish()
"""


def ask(
    connection: HTTPConnection, method: str, path: str, address: str, **form: str
) -> tuple[int, str]:
    """Return status and body of an answer."""
    connection.request(
        method,
        path,
        body=urlencode(form) if form else None,
        headers={
            "Host": "127.0.0.1",
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": address,
        },
    )
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def flood(port: int, path: str, stamp: str, posts: int) -> tuple[Counter[int], float]:
    """Send the spam evenly over a minute; return the answers and the seconds it took."""
    begun = time.monotonic()

    def client(number: int) -> Counter[int]:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        answers: Counter[int] = Counter()
        for post in range(number, posts, CLIENTS):
            due = begun + SECONDS * post / posts
            time.sleep(max(0.0, due - time.monotonic()))
            status, _body = ask(
                connection,
                "POST",
                path,
                f"10.{post % NETWORKS}.0.{post // NETWORKS % 250}",
                name=f"Seller {post}",
                email=f"s{post}@spam.example",
                text=f"Best pills number {post}, see pills{post}.example",
                stamp=stamp,
                website="",
            )
            answers[status] += 1
        return answers

    with ThreadPoolExecutor(CLIENTS) as threads:
        total = sum(threads.map(client, range(CLIENTS)), Counter[int]())
    return total, time.monotonic() - begun


def read(port: int, ended: Event) -> list[float]:
    """Read the article again and again; return the seconds of each time."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    seconds = []
    while not ended.is_set():
        begun = time.monotonic()
        status, _body = ask(connection, "GET", ARTICLE, "192.0.2.9")
        if status != 200:
            raise ValueError(f"the article answered {status}")
        seconds.append(time.monotonic() - begun)
        time.sleep(0.05)
    return seconds


def main(posts: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = site_environment(folder)
        run([sys.executable, "manage.py", "migrate", "-v0"], environment)
        run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
            environment,
        )
        run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", MAKE_ARTICLE],
            environment,
        )
        with served("clinic_site.wsgi", environment) as (port, pid):
            measure(port, pid, folder, posts)


def measure(port: int, pid: int, folder: Path, posts: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    _status, page = ask(connection, "GET", ARTICLE, "192.0.2.9")
    path = re.findall(r'action="(/articles/\d+/comments/)', page)[0]
    stamp = re.findall(r'name="stamp" value="([^"]+)"', page)[0]
    time.sleep(4)
    ended = Event()
    processor = processor_seconds_of_workers(pid)
    with ThreadPoolExecutor(2) as threads:
        reading = threads.submit(read, port, ended)
        spamming = threads.submit(flood, port, path, stamp, posts)
        time.sleep(SECONDS / 2)
        begun = time.monotonic()
        # A new one: an idle connection is closed by the server.
        honest, _body = ask(
            HTTPConnection("127.0.0.1", port, timeout=120),
            "POST",
            path,
            "192.0.2.77",
            name="Maria",
            email="maria@mail.example",
            text="How long does the redness last?",
            stamp=stamp,
            website="",
        )
        waited = time.monotonic() - begun
        try:
            answers, seconds = spamming.result()
        finally:
            ended.set()
        read_seconds = reading.result()
    processor = processor_seconds_of_workers(pid) - processor
    connection.close()
    database = sqlite3.connect(folder / "db.sqlite3")
    rows = dict(
        database.execute(
            "SELECT status, count(*) FROM articles_comment GROUP BY status"
        )
    )
    refused = dict(
        database.execute("SELECT reason, forms FROM clinic_site_refusedforms")
    )
    _status, page = ask(connection, "GET", ARTICLE, "192.0.2.9")
    print(f"{posts} posts from {NETWORKS} networks in {seconds:.0f} s: {dict(answers)}")
    print(f"stored {rows}, refused {refused}, shown {page.count('Best pills')}")
    print(f"the honest comment: {honest} after {waited * 1000:.0f} ms")
    print(
        f"the article meanwhile, {len(read_seconds)} times: "
        f"p95 {quantiles(read_seconds, n=20)[-1] * 1000:.0f} ms, "
        f"slowest {max(read_seconds) * 1000:.0f} ms"
    )
    print(
        f"processor time of the workers: {processor:.1f} s, load of the machine "
        f"{os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
