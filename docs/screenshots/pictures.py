"""Which pictures there are: who looks, where to, how large; one table. The last of them change what is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from playwright.sync_api import Page
from walk import PHONE, WIDE, Walk, still

Way = Callable[[Walk], Page]
HANNAH: Final = "hannah.whitlock@patient.example"
HAMSTRING: Final = "book/when/?kind=injection&site=hamstring-origin&side=left"


@dataclass(frozen=True, slots=True)
class Picture:
    """One file of this folder: `way` leads to the page, `height` is how much of it is shown in CSS pixels."""

    name: str
    way: Way
    height: int = 1000


@dataclass(frozen=True, slots=True)
class Scene:
    """One frame of the story, and the words under it."""

    words: str
    way: Way


def diary(walk: Walk) -> Page:
    return walk.go("reception", "calendar/day/")


def too_soon(walk: Walk) -> Page:
    page = walk.go("reception", walk.patient("Raman") + HAMSTRING)
    page.locator("#times").scroll_into_view_if_needed()
    return at_the_top(page, "#times")


def next_date(walk: Walk) -> Page:
    page = walk.go("reception", walk.patient("Raman") + HAMSTRING)
    later = page.locator("#times a.button[href^='/patients/'][href*='from_on=']").last.get_attribute("href") or ""
    return at_the_top(walk.go("reception", later.lstrip("/")), "#times")


def queue(walk: Walk) -> Page:
    return walk.go("radiologist", "reviews/")


def decision(walk: Walk) -> Page:
    """Of the first case that may be decided; opening it is what the button of the queue does."""
    page = queue(walk)
    page.locator("main form[action*='/reviews/'] button").first.click()
    page.wait_for_url(re.compile(r"/reviews/\d+/$"))
    return still(page)


def patient(walk: Walk) -> Page:
    return walk.go("radiologist", walk.patient("Nowak"))


def week(walk: Walk) -> Page:
    """The next one, which nobody has worked through yet."""
    day = walk.go("reception", "calendar/week/").locator("main input[type=date]").first.input_value()
    following = date.fromisoformat(day) + timedelta(days=7)
    return walk.go("reception", f"calendar/week/?day={following.isoformat()}")


def waiting_list(walk: Walk) -> Page:
    return walk.go("reception", "waiting-list/")


def series(walk: Walk) -> Page:
    page = walk.go("reception", walk.patient("Callum"))
    page.locator("main a[href^='/series/']").first.click()
    return still(page)


def class_to_be_moved(walk: Walk) -> Page:
    """Whoever leads the class of Noor Haddad is ill on that day."""
    page = walk.go("reception", walk.patient("Haddad"))
    page.locator("main a[href^='/appointments/']").first.click()
    page.locator("main a[href^='/classes/']").first.click()
    said = still(page).locator("main").inner_text()
    leads = page.locator("main").inner_text()
    page = walk.go("reception", "to-be-moved/closed/new/")
    people = page.locator("select[name=what] option").all_inner_texts()
    page.select_option("select[name=what]", label=next(name for name in people if name and name in leads))
    for name in ("from_on", "to_on"):
        page.fill(f"[name={name}]", walk.day_in(said))
    page.fill("[name=reason]", "Ill")
    page.locator("main form button[type=submit]").last.click()
    page.locator("main button[name=confirm]").first.click()
    page.wait_for_url(re.compile(r"/to-be-moved/"))
    page.locator("main h1").wait_for()
    return still(page)


def mail(walk: Walk) -> Page:
    return walk.mail_to(HANNAH, "Your appointment")


def patients_page(walk: Walk) -> Page:
    """Behind the link of the mail and the date of birth, on a phone."""
    born = walk.day_in(walk.go("reception", walk.patient("Whitlock")).locator("main").inner_text(), after="born")
    page = walk.window("patient", PHONE)
    page.goto(walk.link_of(HANNAH, "Your appointment"))
    if page.locator("[name=born_on]").count():
        year, month, day = born.split("-")
        page.fill("[name=born_on]", f"{int(day)} {int(month)} {year}")
        page.locator("main form button[type=submit]").first.click()
    return still(page)


def afterwards(walk: Walk) -> Page:
    """What has come since the clock moved on: a question after an injection, or a reminder."""
    return walk.mail_after_days()


def at_the_top(page: Page, place: str) -> Page:
    """Scrolled so that this part begins the picture."""
    page.locator(place).evaluate("one => window.scrollTo(0, one.getBoundingClientRect().top + window.scrollY - 16)")
    return page


PICTURES: Final = (
    Picture("when", too_soon),
    Picture("decision", decision, 1300),
    Picture("patient", patient),
    Picture("week", week, 1400),
    Picture("waiting-list", waiting_list, 960),
    Picture("series", series, 960),
    Picture("patient-link", patients_page, 1500),
    Picture("class-to-be-moved", class_to_be_moved, 1060),
)
STORY: Final = (
    Scene("1. Reception looks at today’s calendar.", diary),
    Scene("2. Too soon for Priya Raman: refused, with the dates from which it is possible.", too_soon),
    Scene("3. One press leads to the next date on which the interval is over.", next_date),
    Scene("4. What needs a look waits for a radiologist, and the time is held.", queue),
    Scene("5. The decision on one screen: evidence, sources, five outcomes.", decision),
    Scene("6. The patient’s mail says what is known, and nothing clinical in its subject.", mail),
    Scene("7. Days later: reminders and questions have gone out by themselves.", afterwards),
)
__all__ = ["PICTURES", "STORY", "WIDE"]
