"""The rules for stylesheets and scripts, and the build that production serves."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from PIL import ImageColor
from pytest_django import Settings

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage
from clinic_site import stylesheets
from tests.factories import ArticlePageFactory, ContactPageFactory, StandardPageFactory

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "static"
CSS = STATIC / "css"
JS = ROOT / "static" / "js"
TEMPLATES = ROOT / "templates"

# Wagtail's own rules stand in no layer, so what changes them cannot either.
STYLESHEETS = sorted(
    str(path.relative_to(STATIC))
    for path in STATIC.rglob("*.css")
    if path.name not in {"admin.css", "layers.css"}
)
# Where colours are written out; everything else names meanings.
PALETTES = {"identity/identity.css", "css/tokens.css"}
MOST_LINES = 1500
MOST_BYTES = 14_000
MOST_SCRIPT_BYTES = 5_000
MOST_FONT_BYTES = 60_000
SCRIPTS = sorted(str(path.relative_to(JS)) for path in JS.rglob("*.js"))
# Named colours, but not words that mean something else as well.
COLOUR_NAMES = "|".join(sorted(ImageColor.colormap))
COLOURS = re.compile(
    rf"#[0-9a-f]{{3,8}}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\("
    rf"|(?<![\w-])(?:{COLOUR_NAMES})(?![\w-])",
    re.IGNORECASE,
)
PHYSICAL = re.compile(
    r"(?:margin|padding|border|inset)-(?:left|right|top|bottom)(?:-\w+)*"
    r"|left|right|top|bottom|(?:min-|max-)?(?:width|height)"
)

each_stylesheet = pytest.mark.parametrize("name", STYLESHEETS)
each_script = pytest.mark.parametrize("name", SCRIPTS)


# Stylesheets


def css(name: str) -> str:
    return re.sub(
        r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL
    ).strip()


def declarations(text: str) -> list[tuple[str, str]]:
    """Return property and value of every declaration, not the selectors."""
    return re.findall(r"([\w-]+)\s*:\s*([^;{}]+)(?=[;}])", text)


def layers() -> list[str]:
    statement = re.fullmatch(r"@layer ([\w, ]+);", css("css/layers.css"))
    assert statement, "layers.css is one statement"
    return statement[1].split(", ")


def rule_layer(text: str) -> None:
    opening = re.match(r"@layer (\w+) {", text)
    assert opening, "begins with no layer"
    assert opening[1] in layers()
    assert text.endswith("}")
    assert text.count("@layer") == 1
    # The layer's bracket closes at the very end: nothing stands outside.
    depths = [text[: found.end()] for found in re.finditer("}", text)]
    assert [part.count("{") - part.count("}") for part in depths].count(0) == 1


def rule_colours(text: str) -> None:
    assert [pair for pair in declarations(text) if COLOURS.search(pair[1])] == []
    assert "light-dark(" not in text


def rule_important(text: str) -> None:
    assert "!important" not in text


def rule_logical(text: str) -> None:
    assert [
        name for name, _value in declarations(text) if PHYSICAL.fullmatch(name)
    ] == []
    sides = re.compile(r"\b(?:left|right)\b")
    assert [
        (name, value)
        for name, value in declarations(text)
        if name in {"text-align", "float", "clear"} and sides.search(value)
    ] == []


def rule_no_ids(text: str) -> None:
    selectors = re.findall(r"([^;{}]+){", text)
    assert [part for part in selectors if re.search(r"#[a-z]", part)] == []


@each_stylesheet
def test_a_stylesheet_is_one_known_layer(name: str) -> None:
    rule_layer(css(name))


@each_stylesheet
def test_colours_are_named_once_in_the_tokens(name: str) -> None:
    if name not in PALETTES:
        rule_colours(css(name))


@each_stylesheet
def test_only_utilities_insist(name: str) -> None:
    if name != "css/utilities.css":
        rule_important(css(name))


@each_stylesheet
def test_directions_follow_the_writing(name: str) -> None:
    rule_logical(css(name))


@each_stylesheet
def test_classes_carry_the_styles_and_ids_the_meaning(name: str) -> None:
    rule_no_ids(css(name))


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        (rule_layer, "p { margin: 0; }"),
        (rule_layer, "@layer unheard-of { p { margin: 0; } }"),
        (rule_layer, "@layer base { p { margin: 0; } } p { margin: 0; }"),
        (rule_layer, "@layer base { p { margin: 0; } } @layer print { a { b: c; } }"),
        (rule_colours, "p { color: #FFF; }"),
        (rule_colours, "p { border: 1px solid rgb(0 0 0 / 50%); }"),
        (rule_colours, "p { background: url(a.png) white; }"),
        (rule_colours, "p { color: light-dark(var(--a), var(--b)); }"),
        (rule_important, "p { margin: 0 !important; }"),
        (rule_logical, "p { margin-left: 1rem }"),
        (rule_logical, "p { padding-right: 1rem; }"),
        (rule_logical, "p { border-bottom-width: 1px; }"),
        (rule_logical, "p { top:0; }"),
        (rule_logical, "p { max-width: 40rem; }"),
        (rule_logical, "p { text-align: left; }"),
        (rule_no_ids, "#content { margin: 0; }"),
    ],
)
def test_the_rules_notice_what_they_forbid(rule: Any, bad: str) -> None:
    with pytest.raises(AssertionError):
        rule(bad)


def test_the_rules_allow_what_is_good() -> None:
    good = (
        "@layer base { p { margin-inline: auto; inset-block-start: 0; "
        "color: var(--color-tan); text-align: start; } "
        "@media (min-width: 64rem) { a:hover { max-inline-size: 40rem; } } }"
    )
    for rule in (rule_layer, rule_colours, rule_important, rule_logical, rule_no_ids):
        rule(good)


def test_pages_link_every_stylesheet_and_the_layers_come_first() -> None:
    linked = stylesheets.links()

    assert linked[0] == "css/layers.css"
    assert sorted(linked[1:]) == STYLESHEETS


def test_the_bundle_has_every_stylesheet_and_addresses_that_fit(built: Path) -> None:
    assert stylesheets.links() == ["css/site.css"]
    (hashed,) = (built / "css").glob("site.*.css")
    text = hashed.read_text()
    assert text.startswith("@layer tokens")
    for name in STYLESHEETS:
        assert css(name).splitlines()[1] in text
    addresses = re.findall(r'url\("?([^)"]+)', text)
    assert any(address.endswith(".woff2") for address in addresses)
    for address in addresses:
        assert (built / "css" / address).is_file(), address
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", address), f"{address} has no hash"


def test_every_token_that_is_used_is_defined() -> None:
    texts = [css(name) for name in STYLESHEETS]
    defined = {
        name
        for text in texts
        for name, _value in declarations(text)
        if name.startswith("--")
    }
    # With a fallback it may be missing.
    used = {name for text in texts for name in re.findall(r"var\((--[\w-]+)\)", text)}

    assert used - defined == set()


def compressed(paths: list[Path]) -> int:
    """Return the bytes that files take together, each compressed as it is served."""
    return sum(len(gzip.compress(path.read_bytes())) for path in paths)


def test_the_stylesheets_stay_small() -> None:
    paths = [CSS / "layers.css", *(STATIC / name for name in STYLESHEETS)]

    assert sum(len(path.read_text().splitlines()) for path in paths) < MOST_LINES
    assert len(gzip.compress(stylesheets.bundle().encode())) < MOST_BYTES


def test_the_fonts_stay_small_and_keep_their_licences() -> None:
    fonts = list((STATIC / "identity" / "fonts").glob("*.woff2"))

    assert fonts
    assert sum(path.stat().st_size for path in fonts) < MOST_FONT_BYTES
    for path in (STATIC / "identity" / "fonts").glob("LICENSE*"):
        assert "SIL Open Font License" in path.read_text()
    assert list((STATIC / "identity" / "fonts").glob("LICENSE*"))


# Scripts


def test_the_scripts_stay_small() -> None:
    assert compressed([JS / name for name in SCRIPTS]) < MOST_SCRIPT_BYTES


def script(name: str) -> str:
    return re.sub(r"^\s*//.*$", "", (JS / name).read_text(), flags=re.MULTILINE)


@each_script
def test_a_script_is_loaded_as_a_module_by_a_template(name: str) -> None:
    tag = f'<script type="module" src="{{% static \'js/{name}\' %}}"></script>'

    assert [path for path in TEMPLATES.rglob("*.html") if tag in path.read_text()], (
        f"no template loads {name}"
    )


@each_script
def test_a_script_writes_no_html(name: str) -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc"
        r"|DOMParser|\beval\(|new Function"
    )

    assert forbidden.findall(script(name)) == []


@each_script
def test_a_script_finds_its_elements_by_data_attributes(name: str) -> None:
    text = script(name)
    selectors = re.findall(
        r"\b(?:querySelector|querySelectorAll|closest|matches)\(\s*([\"'`])(.*?)\1",
        text,
    )
    hooks = set(re.findall(r"\[(data-[\w-]+)", text)) | {
        f"data-{re.sub('(?=[A-Z])', '-', name).lower()}"
        for name in re.findall(r"\.dataset\.(\w+)", text)
    }
    templates = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))

    assert [found for _quote, found in selectors if "[data-" not in found] == []
    assert not re.search(r"getElementById|getElementsBy", text)
    assert hooks, "has nothing to do with the page"
    assert {hook for hook in hooks if f"{hook}=" not in templates} == set()


# The build


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Collect the static files as the image does; return the settings that serve them."""
    production = {
        "STATIC_ROOT": tmp_path_factory.mktemp("static"),
        "STORAGES": settings.STORAGES
        | {
            "staticfiles": {
                "BACKEND": "clinic_site.stylesheets.BundledStaticFilesStorage"
            }
        },
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_USE_FINDERS": False,
    }
    with override_settings(**production):
        call_command("collectstatic", interactive=False, verbosity=0)
    return production


@pytest.fixture
def built(build: dict[str, Any], settings: Settings) -> Path:
    """Serve the built files; return their folder."""
    for name, value in build.items():
        setattr(settings, name, value)
    return build["STATIC_ROOT"]


def referenced(content: bytes) -> set[str]:
    """Return the static files that a page refers to, without /static/."""
    page = BeautifulSoup(content, "html.parser")
    return {
        re.split("[?#]", value.removeprefix("/static/"))[0]
        for element in page.select("[src], [href]")
        for value in (element.get("src") or element["href"],)
        if value.startswith("/static/")
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/articles/", 200),
        ("/articles/needles/", 200),
        ("/about/", 200),
        ("/contact/", 200),
        ("/missing/", 404),
        ("/admin/login/", 200),
    ],
)
def test_every_page_refers_to_hashed_files_that_exist(
    client: Client,
    built: Path,
    home: HomePage,
    index: ArticleIndexPage,
    path: str,
    status: int,
) -> None:
    ArticlePageFactory(parent=index, slug="needles")
    StandardPageFactory(parent=home, slug="about")
    ContactPageFactory(parent=home)

    response = client.get(path)

    assert response.status_code == status
    files = referenced(response.content)
    assert len(files) >= 3
    for name in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), f"{name} has no hash"
        assert (built / name).is_file(), name


def test_the_page_for_our_own_errors_renders_with_the_build(
    client: Client, built: Path, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(HomePage, "get_context")
    monkeypatch.setattr(HomePage, "template", "missing.html")
    client.raise_request_exception = False

    response = client.get("/")

    assert response.status_code == 500
    files = referenced(response.content)
    assert files
    assert all((built / name).is_file() for name in files)


def test_files_that_stylesheets_refer_to_exist(built: Path) -> None:
    for name in ["css/layers.css", *STYLESHEETS]:
        for url in re.findall(r"url\([\"']?([^)\"']+)", (built / name).read_text()):
            if not url.startswith(("data:", "#")):
                assert ((built / name).parent / url).resolve().is_file(), url


def test_a_built_file_is_served_compressed_and_for_ever(
    client: Client, built: Path, home: HomePage
) -> None:
    stylesheet = next(
        name
        for name in referenced(client.get("/").content)
        if name.startswith("css/site.")
    )

    response = client.get(
        f"/static/{stylesheet}", headers={"accept-encoding": "gzip, br"}
    )

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/css")
    assert response.headers["Content-Encoding"] in {"gzip", "br"}
    assert "immutable" in response.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in response.headers
    response.close()
