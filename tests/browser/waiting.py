"""Acting only on what has come to rest."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def rest(page: Page, timeout: float = 120_000) -> None:
    """Wait until the server has answered the last action."""
    page.wait_for_timeout(400)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=timeout)
