"""Requests per second, by wrk (Debian's package of that name)."""

import re
import subprocess
from collections.abc import Mapping

PROGRAM = "wrk"
CONNECTIONS = 16


def requests_per_second(
    port: int, path: str, seconds: int, headers: Mapping[str, str]
) -> float:
    """Return how many requests of a path are answered in a second.

    Raises ValueError when any answer is an error: its speed would say nothing.
    """
    arguments = [PROGRAM, "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    for name, value in headers.items():
        arguments += ["-H", f"{name}: {value}"]
    output = subprocess.run(  # noqa: S603 (our own arguments)
        [*arguments, f"http://127.0.0.1:{port}{path}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if "Non-2xx" in output and "If-None-Match" not in headers:
        raise ValueError(f"{path}: {output}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", output)
    if found is None or not float(found[1]):
        raise ValueError(output)
    return float(found[1])
