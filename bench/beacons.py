"""Beacons from many visitors at once: how fast, and exact to the unit?"""

import json
import os
import random
import signal
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Timer

from bench import processes

CLIENTS = 16
BEACONS = 20_000
VISITORS = 200
ARTICLES = 50
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
# In a worker's time of about this many beacons one of them is killed.
KILLS = 3


def measure(folder: Path, database_url: str = "") -> dict[str, object]:
    """Count many beacons twice, the second time while workers are killed.

    Returns the ratio of speeds to hello, and whether every view was counted once.
    """
    folder.mkdir()
    environment = processes.site_environment(folder, database_url)
    processes.run([sys.executable, "manage.py", "quickstart"], environment)
    processes.run(
        [sys.executable, "-m", "bench.make_data", str(ARTICLES - 10)], environment
    )
    keys = processes.query(
        environment, "sorted(ArticlePage.objects.values_list('pk', flat=True))"
    )[:ARTICLES]
    with (
        processes.served("clinic_site.wsgi", environment) as (port, pid),
        processes.served("bench.servers.django_hello") as (plain, _plain_pid),
    ):
        ratios = []
        exact = []
        for number in range(3):
            _forget(environment)
            plainly = hello(plain, BEACONS // 4)
            speed = send(port, keys, BEACONS, network=10 + number)
            ratios.append(speed / plainly)
            exact.append(_is_exact(environment, keys))
        _forget(environment)
        timers = [
            Timer(second, _kill_a_worker, [pid]) for second in range(1, 1 + KILLS)
        ]
        for timer in timers:
            timer.start()
        send(port, keys, BEACONS, network=20, survive=True)
        for timer in timers:
            timer.join()
    return {
        "ratio to hello": round(statistics.median(ratios), 2),
        "least, greatest": [round(min(ratios), 2), round(max(ratios), 2)],
        "beacons a second": round(speed),
        "exact": all(exact),
        "exact though workers were killed": _is_exact(environment, keys),
    }


def _forget(environment: dict[str, str]) -> None:
    processes.query(environment, "ArticleFigures.objects.update(counted_views=0)")


def _is_exact(environment: dict[str, str], keys: list[int]) -> bool:
    counted = processes.query(
        environment,
        f"list(ArticleFigures.objects.filter(article__in={keys!r})"
        ".values_list('counted_views', flat=True))",
    )
    return counted == [VISITORS] * len(keys)


def _kill_a_worker(pid: int) -> None:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)


def send(
    port: int, keys: list[int], count: int, *, network: int = 10, survive: bool = False
) -> float:
    """Send beacons, each visitor to each article more than once; return how many a second.

    Raises ValueError when one is not answered by 200. With `survive`, one whose connection
    breaks is sent again until it is answered.
    """
    visits = [(visitor, key) for visitor in range(VISITORS) for key in keys]
    sent = (visits * (count // len(visits) + 1))[:count]
    random.Random(0).shuffle(sent)

    def client(part: list[tuple[int, int]]) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for visitor, key in part:
            headers = {
                "Host": "127.0.0.1",
                "User-Agent": AGENT,
                "Sec-Fetch-Site": "same-origin",
                "X-Forwarded-For": f"{network}.0.{visitor // 250}.{visitor % 250}",
            }
            while True:
                try:
                    connection.request(
                        "POST", f"/articles/{key}/view/", headers=headers
                    )
                    answer = connection.getresponse()
                    body = answer.read()
                except (OSError, HTTPException):
                    if not survive:
                        raise
                    connection.close()
                    continue
                break
            if answer.status != 200 or "views" not in json.loads(body):
                raise ValueError(f"{answer.status}: {body[:200]!r}")

    begun = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as threads:
        for done in [
            threads.submit(client, sent[number::CLIENTS]) for number in range(CLIENTS)
        ]:
            done.result()
    return count / (time.monotonic() - begun)


def hello(port: int, count: int) -> float:
    """Send as many plain requests by the same clients; return how many a second."""

    def client(requests: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(requests):
            connection.request("GET", "/")
            connection.getresponse().read()

    begun = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as threads:
        for done in [threads.submit(client, count // CLIENTS) for _ in range(CLIENTS)]:
            done.result()
    return count / (time.monotonic() - begun)
