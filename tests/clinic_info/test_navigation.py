import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from wagtail.models import PageViewRestriction

from clinic_info.pages import HomePage
from tests.factories import StandardPageFactory


def soup(client: Client, path: str = "/") -> BeautifulSoup:
    return BeautifulSoup(client.get(path).content, "html.parser")


def texts(elements: list[Tag]) -> list[str]:
    return [element.get_text().strip() for element in elements]


def menu(page: Tag) -> list[str]:
    return texts(page.select(".site-header__menu a"))


def footer(page: Tag) -> list[str]:
    return texts(page.select(".site-footer__legal a"))


@pytest.mark.parametrize("hidden", ["draft", "private", "below private", "not chosen"])
def test_menu_and_footer_link_only_what_everyone_may_read(
    client: Client, home: HomePage, hidden: str
) -> None:
    places = {"show_in_menus": True, "show_in_footer": True}
    StandardPageFactory(parent=home, title="Privacy", **places)
    page = StandardPageFactory(parent=home, title="Hidden", **places)
    if hidden == "draft":
        page.unpublish()
    elif hidden == "private":
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    elif hidden == "below private":
        page.show_in_menus = page.show_in_footer = False
        page.save()
        StandardPageFactory(parent=page, title="Hidden too", **places)
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    else:
        page.show_in_menus = page.show_in_footer = False
        page.save()

    for path in ("/", "/articles/", "/missing/"):
        html = soup(client, path)

        assert menu(html) == ["Articles", "Privacy"]
        assert footer(html) == ["Privacy"]
        assert "Hidden" not in html.get_text()


def test_menu_and_footer_follow_the_page_tree(client: Client, home: HomePage) -> None:
    places = {"show_in_menus": True, "show_in_footer": True}
    first = StandardPageFactory(parent=home, title="About", **places)
    second = StandardPageFactory(parent=home, title="Privacy", **places)
    StandardPageFactory(parent=first, title="Licences", **places)
    second.move(first, pos="left")

    page = soup(client)

    # The menu has the pages below home; the footer reaches deeper.
    assert menu(page) == ["Articles", "Privacy", "About"]
    assert footer(page) == ["Privacy", "About", "Licences"]


def test_a_page_changed_but_not_published_keeps_its_place(
    client: Client, home: HomePage
) -> None:
    page = StandardPageFactory(parent=home, title="Privacy", show_in_footer=True)
    page.title = "Privacy, rewritten"
    page.save_revision()

    assert footer(soup(client)) == ["Privacy"]


@pytest.mark.parametrize("path", ["/", "/articles/", "/about/"])
def test_the_link_to_the_page_itself_says_so(
    client: Client, home: HomePage, path: str
) -> None:
    StandardPageFactory(
        parent=home, slug="about", show_in_menus=True, show_in_footer=True
    )

    page = soup(client, path)

    current = {link["href"] for link in page.select("[aria-current=page]")}
    assert current == {path}
