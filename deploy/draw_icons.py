# ruff: noqa: INP001 (a script of its own, run by make)
"""Draw every icon of the site from `static/identity`: run by `make icons`.

The mark (`mark.svg`, one path, in the text's colour) and two colours of `identity.css` are
the source. Written beside them: favicon.svg, favicon.ico (16, 32 and 48 px),
apple-touch-icon.png (180 px) and share.png (1,200 × 630 px), which social networks show for
pages that have no picture of their own.
"""

import io
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

IDENTITY = Path(__file__).parent.parent / "static" / "identity"
ICO_SIZES = [(16, 16), (32, 32), (48, 48)]


def colours(name: str) -> tuple[str, str]:
    """Return a colour of the identity, light and dark. Raises LookupError without it."""
    css = (IDENTITY / "identity.css").read_text()
    found = re.search(rf"--identity-{name}:\s*light-dark\(([^,]+),\s*([^)]+)\)", css)
    if not found:
        raise LookupError(f"identity.css names no --identity-{name}: light-dark(…, …)")
    return found[1].strip(), found[2].strip()


def outline(name: str) -> str:
    """Return the path of a drawing. Raises LookupError when it is not one path."""
    found = re.findall(r'\sd="([^"]+)"', (IDENTITY / name).read_text())
    if len(found) != 1:
        raise LookupError(f"{name} should have one path, but has {len(found)}")
    return str(found[0])


def favicon() -> str:
    light, dark = colours("action")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>'
        f"path{{fill:{light}}}@media(prefers-color-scheme:dark){{path{{fill:{dark}}}}}"
        f'</style><path d="{outline("mark.svg")}"/></svg>\n'
    )


def picture(width: int, height: int, mark: int, *, plain: bool = False) -> str:
    """Return an SVG of the mark in the middle; unless plain, on paper with the line."""
    paper, action = colours("paper")[0], colours("action")[0]
    ground = f'<rect width="{width}" height="{height}" fill="{paper}"/>'
    line = (
        '<pattern id="line" width="64" height="16" patternUnits="userSpaceOnUse" '
        f'y="{height - 80}"><path transform="scale(2)" fill="none" stroke="{action}" '
        f'stroke-width="1.4" d="{outline("ornament.svg")}"/></pattern>'
        f'<rect y="{height - 80}" width="{width}" height="16" fill="url(#line)"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f"{'' if plain else ground}{line if height > mark * 2 else ''}"
        f'<svg x="{(width - mark) / 2}" y="{(height - mark) / 2}" width="{mark}" '
        f'height="{mark}" viewBox="0 0 32 32"><path fill="{action}" '
        f'd="{outline("mark.svg")}"/></svg></svg>'
    )


def drawn(browser: Browser, svg: str, width: int, height: int) -> Image.Image:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(f"<style>*{{margin:0}}svg{{display:block}}</style>{svg}")
    shot = Image.open(io.BytesIO(page.screenshot(omit_background=True)))
    page.close()
    return shot


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium draws the icons: sudo apt-get install chromium")
    (IDENTITY / "favicon.svg").write_text(favicon())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        small = drawn(browser, picture(48, 48, 48, plain=True), 48, 48)
        small.save(IDENTITY / "favicon.ico", sizes=ICO_SIZES)
        touch = drawn(browser, picture(180, 180, 126), 180, 180)
        touch.convert("RGB").save(IDENTITY / "apple-touch-icon.png", optimize=True)
        share = drawn(browser, picture(1200, 630, 260), 1200, 630)
        share.convert("RGB").quantize(64).save(IDENTITY / "share.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
