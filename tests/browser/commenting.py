"""What writers and staff do with comments in a browser."""

from django.contrib.auth.models import AbstractUser
from playwright.sync_api import Page, expect


def fill(page: Page, text: str = "How long does it last?", name: str = "Maria") -> None:
    form = page.locator("[data-comment-form]")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Email", exact=True).fill("maria@mail.example")
    form.get_by_label("Comment", exact=True).fill(text)


def send(page: Page) -> None:
    page.get_by_role("button", name="Send comment").click()


def sign_in(page: Page, user: AbstractUser) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Clinic site")).to_be_visible()


def press(page: Page, key: str) -> None:
    """Press a key once the scripts that listen for it are there."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)
