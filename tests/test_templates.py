"""The rules for templates: they compile, keep a strict policy possible, name their input."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Node, Variable
from django.template.base import FilterExpression, Token, TokenType
from django.template.loader import get_template
from django.template.smartif import TokenBase

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "templates"
TEMPLATES = sorted(
    str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()
)
# Mail programs know neither stylesheets nor policies.
PAGES = [name for name in TEMPLATES if name.endswith(".html") and "emails" not in name]
COMPONENTS = [name for name in PAGES if name.startswith("components/")]
INCLUDE = re.compile(r"{% include [\"']([^\"']+)[\"'](?: with (.*?))?(?: only)? %}")
# Comments and tags of the template language.
LEFT_OUT = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}", re.DOTALL)
TAGS = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)

each_page = pytest.mark.parametrize("name", PAGES)


def source(name: str) -> str:
    return (FOLDER / name).read_text()


def html(name: str) -> str:
    """Return a template's HTML: without comments, tags stand as `…`."""
    return TAGS.sub("…", LEFT_OUT.sub("", source(name)))


def elements(name: str, pattern: str = r"[a-z][a-z0-9-]*") -> list[str]:
    """Return the start tags of a template whose names match."""
    return re.findall(rf"<{pattern}\b[^>]*>", html(name), re.IGNORECASE)


def test_the_rules_see_the_templates() -> None:
    assert {"base.html", "500.html", "components/teaser.html"} <= set(PAGES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(name: str) -> None:
    assert Path(get_template(name).origin.name) == FOLDER / name


@each_page
def test_nothing_is_styled_inline(name: str) -> None:
    assert [
        tag for tag in elements(name) if re.search(r"(?<![\w-])style\s*=", tag)
    ] == []
    assert elements(name, "style") == []


@each_page
def test_no_script_is_inline(name: str) -> None:
    data = re.compile(r"\stype=[\"']application/(?:ld\+)?json[\"']")
    scripts = [tag for tag in elements(name, "script") if not data.search(tag)]

    assert [tag for tag in scripts if not re.search(r"\ssrc=[\"']…", tag)] == []
    assert [
        tag for tag in elements(name) if re.search(r"(?<![\w-])on[a-z]+\s*=", tag)
    ] == []
    assert "javascript:" not in html(name)


@each_page
def test_comments_stay_with_us(name: str) -> None:
    assert "<!--" not in html(name)


@each_page
def test_nothing_is_loaded_from_another_host(name: str) -> None:
    elsewhere = re.compile(
        r"(?<![\w-])(?:src|srcset|href|poster|data|action)\s*=\s*[\"']?\s*(?:https?:)?//",
        re.I,
    )
    # A link is followed only when a reader clicks it.
    tags = [tag for tag in elements(name) if not re.match(r"<a\b", tag)]

    assert [tag for tag in tags if elsewhere.search(tag)] == []


def test_the_rules_for_html_notice_what_they_forbid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.FOLDER", tmp_path)
    for rule, bad in [
        (test_nothing_is_styled_inline, '<p class="a" style="color: red">'),
        (test_nothing_is_styled_inline, '<p {% if a > b %}style="top: 0"{% endif %}>'),
        (test_nothing_is_styled_inline, "<style>p { margin: 0 }</style>"),
        (test_no_script_is_inline, "<script>alert(1)</script>"),
        (test_no_script_is_inline, '<script type="module">alert(1)</script>'),
        (test_no_script_is_inline, '<a\n  onclick="go()">'),
        (test_no_script_is_inline, '<a href="javascript:go()">'),
        (test_comments_stay_with_us, "<!-- secret -->"),
        (test_nothing_is_loaded_from_another_host, '<img src="https://cdn.example/a">'),
        (test_nothing_is_loaded_from_another_host, '<link href="//fonts.example/a">'),
    ]:
        (tmp_path / "page.html").write_text(bad)
        with pytest.raises(AssertionError):
            rule("page.html")
    (tmp_path / "page.html").write_text(
        '{# style="" #}<a href="https://other.example">{% comment %}<!-- -->'
        "{% endcomment %}</a><script src=\"{% static 'js/a.js' %}\"></script>"
        '<script type="application/ld+json">{{ data }}</script>'
    )
    for rule in (
        test_nothing_is_styled_inline,
        test_no_script_is_inline,
        test_comments_stay_with_us,
        test_nothing_is_loaded_from_another_host,
    ):
        rule("page.html")


def test_every_static_file_that_is_named_exists() -> None:
    named = {
        (str(path.relative_to(ROOT)), file)
        for pattern, paths in [
            (r"{%\s*static\s+[\"']([^\"']+)[\"']", FOLDER.rglob("*.*")),
            (r"\bstatic\([\"']([^\"']+)[\"']\)", ROOT.glob("[ac]*/**/*.py")),
        ]
        for path in paths
        for file in re.findall(pattern, path.read_text())
    }

    assert ("clinic_site/wagtail_hooks.py", "css/admin.css") in named
    assert [entry for entry in sorted(named) if not finders.find(entry[1])] == []


# Components


def variables(thing: Any) -> Iterator[str]:
    """Return the names of all variables that a compiled template reads."""
    if isinstance(thing, Variable):
        yield from (thing.lookups or ())[:1]
    elif isinstance(thing, Token):
        # What stands between the tags of a translation.
        if thing.token_type is TokenType.VAR:
            yield re.split(r"\W", thing.contents)[0]
    elif isinstance(thing, (dict, list, tuple)):
        for value in thing.values() if isinstance(thing, dict) else thing:
            yield from variables(value)
    elif isinstance(thing, FilterExpression):
        yield from variables([thing.var, thing.filters])
    elif isinstance(thing, (Node, TokenBase)):
        yield from variables(getattr(thing, "__dict__", {}))


def bound_inside(name: str) -> set[str]:
    """Return the names that a template gives to values itself."""
    text = source(name)
    loops = re.findall(r"{% for ([\w, ]+) in ", text)
    names = re.findall(r"\bas (\w+)\s*%}", text)
    withs = re.findall(r"{% (?:with|blocktranslate with) (.*?)%}", text)
    return {
        *(part.strip() for loop in loops for part in loop.split(",")),
        *names,
        *(bound for line in withs for bound in re.findall(r"(\w+)=", line)),
        *("True", "False", "None", "forloop"),
        "block",
    }


def documented(name: str) -> set[str]:
    """Return the variables that the comment at a component's beginning names."""
    begins = re.match(
        r"(?:{% load [\w ]+ %}\s*)?{% comment %}(.*?){% endcomment %}",
        source(name),
        re.DOTALL,
    )
    if begins is None:
        return set()
    entries = re.findall(r"([a-z_]+(?:, [a-z_]+)*):(?:\s|$)", begins[1])
    return {entry for group in entries for entry in group.split(", ")}


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_begins_by_naming_its_variables(name: str) -> None:
    nodes = get_template(name).template.nodelist
    read = set(variables(nodes)) - bound_inside(name)

    # `pageurl` and `shown_views` take the request from the context by themselves.
    assert read == documented(name) - {"request"}


def test_components_are_given_the_variables_that_they_name() -> None:
    calls = [
        (name, component, set(re.findall(r"(\w+)=", arguments)))
        for name in PAGES
        for component, arguments in INCLUDE.findall(source(name))
        if component in COMPONENTS
    ]

    assert calls
    for name, component, given in calls:
        assert given <= documented(component), f"{name} gives {component} more"


def test_components_see_nothing_but_what_they_are_given() -> None:
    leaking = [
        (name, call)
        for name in PAGES
        for call in re.findall(r"{% include [\"']components/.*?%}", source(name))
        if not call.endswith(" only %}")
    ]

    assert leaking == []
