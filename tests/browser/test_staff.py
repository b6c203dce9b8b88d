import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage
from tests import factories
from tests.browser.conftest import watch

FIRST_BLOCK = "body-0-value-content-"


class ArticleEditor:
    """The form of an article, as somebody writing one uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.body = page.locator("#panel-child-content-body-section")
        self.blocks = 0

    def add_section(self, heading: str) -> None:
        self.body.get_by_role("button", name="Insert a block").first.click()
        self.page.locator("[name=body-0-value-heading]").fill(heading)

    def add(self, label: str) -> Locator:
        """Add a block at the end of the section; return its place in the form."""
        # The last button inserts after the section, the one before it inside.
        self.body.get_by_role("button", name="Insert a block").nth(-2).click()
        self.page.get_by_role("option", name=label, exact=True).click()
        block = self.page.locator(f"[name={FIRST_BLOCK}{self.blocks}-id]").locator("..")
        self.blocks += 1
        return block

    def fill(self, name: str, text: str) -> None:
        """Fill in a field of the block added last."""
        self.page.locator(f"[name={FIRST_BLOCK}{self.blocks - 1}-value-{name}]").fill(
            text
        )

    def write(self, place: Locator, text: str) -> None:
        """Type into the rich text field inside a place."""
        place.locator("[contenteditable=true]").last.click()
        self.page.keyboard.type(text)

    def choose_picture(self, place: Locator, title: str) -> None:
        place.get_by_role("button", name="Choose an image").first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("link", name=title).click()
        expect(dialog).to_be_hidden()

    def choose_action(self, name: str) -> None:
        """Press one of the actions behind the arrow beside “Save draft”."""
        self.page.locator("footer").get_by_role("button", name="More actions").click()
        self.page.get_by_role("button", name=name).click()


@pytest.fixture
def sign_in(
    context: BrowserContext, staff: Callable[[str], AbstractUser]
) -> Callable[[str], Page]:
    """Sign a member of a group in, in the browser; return the page."""

    def make(group: str) -> Page:
        user = staff(group)
        context.clear_cookies()
        page = context.new_page()
        page.goto("/admin/login/")
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password").fill("password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Clinic site")).to_be_visible()
        return page

    return make


def write_every_block(editor: ArticleEditor, picture: str) -> None:
    editor.add_section("Mechanism of action")
    editor.write(editor.add("Text"), "Fine needles open channels.[^alster2018]")
    editor.choose_picture(editor.add("Picture"), picture)
    editor.fill("caption", "The needle ends in the dermis.")
    pair = editor.add("Before and after")
    editor.choose_picture(pair, picture)
    editor.choose_picture(pair, picture)
    editor.fill("caption", "Before, and six months after.")
    editor.page.locator(f"[name={FIRST_BLOCK}2-value-consent]").check()
    editor.add("Quotation")
    editor.fill("text", "Keep it clean and dry.")
    write_table(editor, editor.add("Table"))
    editor.write(editor.add("Callout"), "Call us if the redness spreads.")
    editor.write(editor.add("Key points"), "Skin heals by itself.")
    question = editor.add("Question and answer")
    editor.fill("question", "Does it hurt?")
    editor.write(question, "A little.")
    editor.add("Video")
    editor.fill("title", "How to apply sunscreen")
    editor.fill("url", "https://www.youtube.com/watch?v=aqz-KE-bpKQ")
    editor.write(editor.add("Steps"), "Wash with lukewarm water.")


def write_table(editor: ArticleEditor, table: Locator) -> None:
    table.get_by_role("button", name="Add column").click()
    table.get_by_role("button", name="Text", exact=True).click()
    table.locator("[name$=column-0-heading]").fill("Layer")
    editor.write(table.locator("tbody"), "Epidermis")


def test_an_editor_writes_and_submits_and_a_reviewer_publishes(
    sign_in: Callable[[str], Page], index: ArticleIndexPage, server: LiveServer
) -> None:
    factories.TopicFactory(name="Micro Needling", slug="micro-needling")
    picture = factories.CustomImageFactory(title="Skin in section")
    faults: list[str] = []

    page = sign_in("Editors")
    watch(page, faults)
    page.goto(f"/admin/pages/add/articles/articlepage/{index.pk}/")
    page.locator("#id_title").fill("How micro needling works")
    page.locator("#id_standfirst").fill("What fine needles do to the skin.")
    page.get_by_role("button", name="Choose topic").click()
    page.get_by_role("dialog").get_by_role("link", name="Micro Needling").click()
    editor = ArticleEditor(page)
    write_every_block(editor, picture.title)
    add_reference(page, key="alster2018", text="Alster TS, Graham PM. Microneedling.")

    page.get_by_role("button", name="Toggle preview").click()
    preview = page.frame_locator("#w-preview-iframe")
    expect(preview.get_by_role("heading", level=1)).to_have_text(
        "How micro needling works"
    )
    expect(preview.get_by_text("Call us if the redness spreads.")).to_be_visible()

    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text(re.compile("(created|updated|saved)\\."))).to_be_visible()
    editor.choose_action("Submit to Medical review")
    expect(page.get_by_text("has been submitted for moderation")).to_be_visible()
    article = ArticlePage.objects.get()
    assert not article.live
    assert page.goto(article.url).status == 404

    page = sign_in("Medical reviewers")
    watch(page, faults)
    page.goto(f"/admin/pages/{article.pk}/edit/")
    ArticleEditor(page).choose_action("Approve and publish")
    expect(page.get_by_role("link", name="Current page status: live")).to_be_visible()
    page.goto(article.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(article.title)
    assert faults == []

    article.refresh_from_db()
    assert [block.block_type for block in article.body[0].value["content"]] == [
        "paragraph",
        "picture",
        "picture_pair",
        "quote",
        "table",
        "callout",
        "key_points",
        "question",
        "video",
        "steps",
    ]
    assert article.body[0].value["anchor"] == "mechanism-of-action"


def add_reference(page: Page, *, key: str, text: str) -> None:
    panel = page.locator("#panel-child-content-references-section")
    panel.get_by_role("button", name="Insert a block").click()
    page.locator("[name=references-0-value-key]").fill(key)
    panel.locator("[contenteditable=true]").click()
    page.keyboard.type(text)
