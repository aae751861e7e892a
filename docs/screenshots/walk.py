"""Somebody at a browser of the demo: signs in, finds people, goes where a picture is taken."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page

WIDE: Final = (1280, 1000)
PHONE: Final = (390, 844)
TOLD_WITHIN_SECONDS, A_DAY_TAKES_SECONDS, DAYS_TO_TRY = 90, 20, 7
CHECKOUT: Final = Path(__file__).resolve().parents[2]


@dataclass
class Walk:
    """The windows of one demo: one for each person who signs in, and those of patients, who do not.

    `clinic` and `inbox` are addresses that end in a slash; `sign_ins` the passwords by email.
    """

    browser: Browser
    clinic: str
    inbox: str
    sign_ins: dict[str, str]
    var: Path
    windows: dict[str, Page] = field(default_factory=dict)

    def window(self, who: str, size: tuple[int, int] = WIDE) -> Page:
        """Of `reception`, `radiologist` or `manager`, signed in; of anybody else one without."""
        if who not in self.windows:
            context = self.browser.new_context(
                viewport={"width": size[0], "height": size[1]}, locale="en-GB", reduced_motion="reduce"
            )
            self.windows[who] = context.new_page()
            if f"{who}@clinic.example" in self.sign_ins:
                self._sign_in(self.windows[who], f"{who}@clinic.example")
        page = self.windows[who]
        page.set_viewport_size({"width": size[0], "height": size[1]})
        return page

    def go(self, who: str, path: str, size: tuple[int, int] = WIDE) -> Page:
        """To a page of the clinic, whole and still."""
        page = self.window(who, size)
        page.goto(urljoin(self.clinic, path))
        return still(page)

    def patient(self, family_name: str) -> str:
        """The address of the patient of this name, without the machine."""
        page = self.go("reception", "patients/")
        page.fill("main [name=text]", family_name)
        page.keyboard.press("Enter")
        found = page.locator("#results a[href^='/patients/']").first
        found.wait_for()
        return found.evaluate("one => one.getAttribute('href').match(/\\/(patients\\/\\d+\\/)/)[1]")

    def day_in(self, text: str, after: str = "") -> str:
        """The first day that a page names, after these words, as 2026-11-30."""
        found = re.search(rf"{after}.*?(\d{{1,2}} [A-Z][a-z]+ \d{{4}})", text, re.S)
        if found is None:
            raise LookupError(f"No day is named in {text[:200]!r}")
        return datetime.strptime(found.group(1), "%d %B %Y").date().isoformat()  # noqa: DTZ007 - a day has no zone

    def advance(self, span: str) -> None:
        """Move the demo's clock on."""
        command = [sys.executable, "-m", "pht_clinic.demo", "--var", str(self.var), "advance", span]
        subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)  # noqa: S603 - the demo of this checkout

    def mails_to(self, whom: str) -> dict[str, str]:
        """The mails to this address, or to `patients`, newest first: their subjects by where each is shown."""
        page = self.window("inbox", WIDE)
        page.goto(f"{self.inbox}?to={whom}")
        rows = page.locator("tbody tr a, main li a").evaluate_all(
            "found => found.map(one => [one.href, one.innerText])"
        )
        return dict(rows)

    def mail_to(self, whom: str, subject: str) -> Page:
        """The newest mail whose subject holds these words, once it is there. Raises: LookupError (there is none)."""
        for _ in range(TOLD_WITHIN_SECONDS):
            for href, said in self.mails_to(whom).items():
                if subject in said:
                    return self._opened(href)
            self.windows["inbox"].wait_for_timeout(1000)
        raise LookupError(f"No mail to {whom} about {subject!r} within {TOLD_WITHIN_SECONDS} seconds.")

    def mail_after_days(self) -> Page:
        """The newest of the mails to patients that come as the clock moves on, a day at a time for a week at most.

        Raises: LookupError (none comes).
        """
        before = self.mails_to("patients")
        for _ in range(DAYS_TO_TRY):
            self.advance("1d")
            for _ in range(A_DAY_TAKES_SECONDS):
                for href in self.mails_to("patients").keys() - before.keys():
                    return self._opened(href)
                self.windows["inbox"].wait_for_timeout(1000)
        raise LookupError(f"No mail to patients within {DAYS_TO_TRY} days.")

    def _opened(self, href: str) -> Page:
        self.windows["inbox"].goto(href)
        return still(self.windows["inbox"])

    def link_of(self, email: str, subject: str) -> str:
        """Where a patient's link in that mail leads."""
        page = self.mail_to(email, subject)
        links = page.locator("a[href*='/p/']").evaluate_all("found => found.map(one => one.href)")
        return str(min(links, key=len))

    def _sign_in(self, page: Page, email: str) -> None:
        page.goto(urljoin(self.clinic, "account/sign-in/"))
        page.fill("[name=login]", email)
        page.fill("[name=password]", self.sign_ins[email])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: "sign-in" not in url)


def still(page: Page) -> Page:
    """Loaded, with its letters."""
    page.wait_for_load_state()
    page.evaluate("document.fonts.ready")
    return page
