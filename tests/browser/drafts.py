"""The mark of unsaved text beside the button of a form."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import fr

UNSAVED = fr("Not saved yet: only in this browser.")


def expect_unsaved(page: Page) -> None:
    """Expect the mark of unsaved text beside the form’s button."""
    expect(page.locator(".unsaved:visible")).to_have_count(1)
    expect(page.locator(".unsaved:visible")).to_contain_text(UNSAVED)


def expect_saved(page: Page) -> None:
    expect(page.locator(".unsaved").first).to_be_attached()
    expect(page.locator(".unsaved:visible")).to_have_count(0)
    expect(page.locator(".is-unsaved")).to_have_count(0)
