"""The rules for stylesheets and scripts, and the build that production serves."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import ImageColor

from clinic_site import stylesheets

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
MOST_LINES = 2200
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
