"""What a phone fetches to show an article for the first time."""

import sys
from collections import defaultdict
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench import processes

CHROMIUM = "/usr/bin/chromium"
ARTICLE = "/articles/how-micro-needling-works/"


def measure(folder: Path) -> dict[str, object]:
    """Return requests and bytes on the wire by kind, headers included, for a site's folder."""
    environment = processes.site_environment(folder)
    processes.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput"], environment
    )
    # Pages are kept under the site's own address only.
    port = processes.free_port()
    environment["SITE_URL"] = f"http://127.0.0.1:{port}"
    with (
        processes.served("clinic_site.wsgi", environment, port=port),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(
            viewport={"width": 360, "height": 760}, device_scale_factor=2
        )
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        kinds: dict[str, str] = {}
        sizes: dict[str, int] = defaultdict(int)
        requests: dict[str, int] = defaultdict(int)

        def note(event: dict[str, str]) -> None:
            kinds[event["requestId"]] = event["type"]

        def add(event: dict[str, int]) -> None:
            kind = kinds.get(str(event["requestId"]), "Other")
            sizes[kind] += event["encodedDataLength"]
            requests[kind] += 1

        network.on("Network.responseReceived", note)
        network.on("Network.loadingFinished", add)
        page.goto(f"http://127.0.0.1:{port}{ARTICLE}")
        page.wait_for_load_state("networkidle")
        browser.close()
    bare = sum(size for kind, size in sizes.items() if kind not in {"Font", "Image"})
    return {
        "requests": dict(requests),
        "bytes": dict(sizes),
        "bytes without fonts and pictures": bare,
        "bytes with fonts": bare + sizes["Font"],
    }
