"""Beacons from many visitors at once: how fast, and exact to the unit?"""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

CLIENTS = 16
VISITORS = 200
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def send(port: int, keys: list[int], count: int) -> float:
    """Send beacons, each visitor to each article more than once; return how many a second.

    Raises ValueError when one is not answered by 200.
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
                "X-Forwarded-For": f"10.0.{visitor // 250}.{visitor % 250}",
            }
            connection.request("POST", f"/articles/{key}/view/", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
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
