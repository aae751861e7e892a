"""The timeline picture against its data: the drawn SVG is read back, its own month ticks are the ruler."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client

from injections.timeline.drawing import NARROW, WIDE
from pht_clinic.people.models import User
from scheduling.models import Patient
from tests.clinic import LONDON, NOW, Clinic, local
from tests.conftest import ClockOffset

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
A_DAY_AT_MOST = 0.75
"""How far a position may be from its date; a drawing that is a day out fails."""


@dataclass
class Ruler:
    """Turns positions into dates by two ticks that the reader sees."""

    ticks: list[tuple[float, date]]

    def day_at(self, x: float) -> float:
        (x0, first), (x1, last) = self.ticks[0], self.ticks[-1]
        return first.toordinal() + (x - x0) * (last - first).days / (x1 - x0)

    def shows(self, x: float, day: date) -> bool:
        return abs(self.day_at(x) - day.toordinal()) < A_DAY_AT_MOST


@dataclass
class Drawing:
    svg: ElementTree.Element
    html: str

    def of(self, css: str, tag: str = "*") -> list[ElementTree.Element]:
        return [one for one in self.svg.iter() if tag in ("*", one.tag) and css in (one.get("class") or "").split()]

    @property
    def ruler(self) -> Ruler:
        return Ruler([(float(one.get("x") or 0), month(one.text or "")) for one in self.of("tick")])

    @property
    def texts(self) -> str:
        return " ".join(one.text or "" for one in self.svg.iter("text"))

    def lane(self, heading: str) -> ElementTree.Element:
        return next(
            lane
            for lane in self.of("lane")
            if any("lane-label" in (t.get("class") or "") and t.text == heading for t in lane.iter("text"))
        )

    def marks(self, css: str) -> list[float]:
        """Where marks of this shape stand."""
        return [
            float(re.findall(r"[\d.]+", group.get("transform") or "")[0])
            for group in self.svg.iter("g")
            if group.get("transform") and any(css in (one.get("class") or "").split() for one in group)
        ]


def month(label: str) -> date:
    name, year = label.split()
    return date(int(year), MONTHS.index(name) + 1, 1)


def x(element: ElementTree.Element) -> float:
    return float(element.get("x") or 0)


def right(element: ElementTree.Element) -> float:
    return x(element) + float(element.get("width") or 0)


@pytest.fixture
def draw(clinic: Clinic, client_of: Callable[[User], Client]) -> Callable[..., Drawing]:
    def drawing(patient: Patient, *, review: int | None = None) -> Drawing:
        """On the page of the patient, which is wide, or on that of a decision, in a column."""
        who, path = ("radiologist", f"/reviews/{review}/") if review else ("reception", f"/patients/{patient.pk}/")
        html = client_of(clinic.users[who]).get(path).content.decode()
        width = NARROW if review else WIDE
        found = re.search(rf'<svg class="timeline" viewBox="0 0 {width} .*?</svg>', html, re.DOTALL)
        assert found, "no picture on the page"
        return Drawing(ElementTree.fromstring(found[0]), html)  # noqa: S314 - our own page

    return drawing


def test_zones_begin_on_the_day_and_end_three_and_four_months_later(
    clinic: Clinic, draw: Callable[[Patient], Drawing]
) -> None:
    """30 November + 3 months is 1 March, + 4 months 30 March; the clear line stands there."""
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2025-11-30")
    drawn = draw(patient)
    (soon,), (review,), (line,) = (
        drawn.of("zone-soon", "rect"),
        drawn.of("zone-review", "rect"),
        drawn.of("clear-line"),
    )
    ruler = drawn.ruler
    assert ruler.shows(x(soon), date(2025, 11, 30))
    assert ruler.shows(right(soon), date(2026, 3, 1))
    assert ruler.shows(x(review), date(2026, 3, 1))
    assert ruler.shows(right(review), date(2026, 3, 30))
    assert ruler.shows(float(line.get("x1") or 0), date(2026, 3, 30))
    assert ruler.shows(drawn.marks("elsewhere")[0], date(2025, 11, 30))
    assert soon.get("fill") != review.get("fill")
    assert "too soon" in drawn.texts


def test_today_stands_where_the_clock_is(clinic: Clinic, draw: Callable[[Patient], Drawing]) -> None:
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2025-11-30")
    drawn = draw(patient)
    (line,) = drawn.of("today")
    assert drawn.ruler.shows(float(line.get("x1") or 0), NOW.date())
    assert "Today, 2 March 2026" in drawn.texts


def test_an_approximate_date_is_dashed_from_its_first_to_its_last_day_and_zones_begin_at_the_last(
    clinic: Clinic, draw: Callable[[Patient], Drawing]
) -> None:
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2025-12")
    drawn = draw(patient)
    (dashed,) = drawn.of("approximate", "rect")
    (soon,) = drawn.of("zone-soon", "rect")
    assert drawn.ruler.shows(x(dashed), date(2025, 12, 1))
    assert drawn.ruler.shows(right(dashed), date(2025, 12, 31))
    assert drawn.ruler.shows(x(soon), date(2025, 12, 31))
    assert "some time in December 2025, counted as 31 December" in drawn.texts


def test_an_unknown_date_counts_as_the_day_it_was_recorded(clinic: Clinic, draw: Callable[[Patient], Drawing]) -> None:
    patient = clinic.patient()
    clinic.earlier_injection(patient, None)
    drawn = draw(patient)
    (dashed,) = drawn.of("approximate", "rect")
    assert x(dashed) == 0
    assert drawn.ruler.shows(right(dashed), NOW.date())
    assert "an unknown date, counted as 2 March 2026" in drawn.texts


def test_booked_and_cancelled_visits_stand_on_their_day_with_their_rest(
    clinic: Clinic, draw: Callable[[Patient], Drawing]
) -> None:
    """Booked at 10:00 for 30 minutes: the bracket runs for 48 hours from 10:30."""
    from injections.booking.cancel import cancel

    patient = clinic.fit_patient()
    start = local("2026-03-10")
    clinic.book(patient, start)
    gone = clinic.book(patient, local("2026-09-22"), override_reason="to be cancelled").appointment
    assert gone is not None
    cancel(gone.pk, reason="test", tell_patient=False, by=clinic.reception, now=NOW)
    drawn = draw(patient)
    ruler = drawn.ruler
    assert ruler.shows(drawn.marks("booked")[0], date(2026, 3, 10))
    assert ruler.shows(drawn.marks("cancelled")[0], date(2026, 9, 22))
    bracket = drawn.of("rest")[0].get("d") or ""
    begin, width = (float(re.search(rf"{letter}([\d.]+)", bracket)[1]) for letter in "Mh")  # type: ignore[index]
    ends = ruler.day_at(begin + width) - ruler.day_at(begin)
    moment = start.astimezone(LONDON) + timedelta(minutes=30)
    assert ruler.day_at(begin) == pytest.approx(moment.toordinal() + 10.5 / 24, abs=0.1)
    assert ends == pytest.approx(2, abs=0.1)


def test_each_area_and_side_has_its_lane_and_each_entry_its_words(
    clinic: Clinic, draw: Callable[[Patient], Drawing]
) -> None:
    """An injection of unknown side stands in both lanes; the description says all of it."""
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2025-11-30", side="unknown")
    clinic.earlier_injection(patient, "2025-10-05", site="hip-joint", side="right")
    clinic.earlier_injection(patient, "2025-10-06", site="other-site", side="unknown")
    drawn = draw(patient)
    headings = [one.text for one in drawn.of("lane-label")]
    assert headings == [
        "Sit bone (ischial tuberosity), left",
        "Sit bone (ischial tuberosity), right",
        "Hip joint, right",
        "Elsewhere in the body",
    ]
    entries = list(drawn.lane("Hip joint, right").iter("g"))
    assert any("5 October 2025" in (text.text or "") for entry in entries for text in entry.iter("text"))
    described = drawn.svg.find("desc")
    assert described is not None
    for said in ("30 November 2025", "5 October 2025", "6 October 2025", "side not known", "free from 30 March 2026"):
        assert said in (described.text or ""), said
    assert drawn.svg.get("role") == "img"
    assert drawn.svg.find("title") is not None


def test_the_table_says_the_same(clinic: Clinic, draw: Callable[[Patient], Drawing]) -> None:
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2025-12")
    table = re.search(r"Show as a table</summary>(.*?)</details>", draw(patient).html, re.DOTALL)
    assert table
    for said in ("Some time in December 2025", "counted as 31 December", "31 March 2026", "1 May 2026", "elsewhere"):
        assert said in table[1], said


def test_what_lies_long_ago_is_told_in_words_and_does_not_squeeze_the_rest(
    clinic: Clinic, draw: Callable[[Patient], Drawing]
) -> None:
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2014-05-02")
    clinic.earlier_injection(patient, "2025-11-30")
    drawn = draw(patient)
    earlier, shown = sorted(drawn.marks("elsewhere"))
    assert earlier < drawn.ruler.ticks[0][0] < shown
    assert drawn.of("earlier", "path")
    assert "2 May 2014" in drawn.texts
    assert drawn.ruler.ticks[0][1] >= date(2024, 9, 1)


TEN = ("2014-05-02", "2017", "2019-03", "2020-10-01", "2022-02-28", "2024-09-01", "2025-01-15", "2025-06", "2025-11-30")
EM = {"tick": 12, "rest-label": 12, "earlier-label": 12}
BOLD = {"lane-label", "today-label", "zone-label"}


def spans(drawn: Drawing) -> list[tuple[str, float, float]]:
    """Each text of the picture, and from where to where it reaches in a wide font."""
    found = []
    for one in drawn.svg.iter("text"):
        css, text = (one.get("class") or "").split(), one.text or ""
        size = min([EM.get(name, 13) for name in css] or [13])
        wide = len(text) * size * (0.66 if BOLD & set(css) else 0.58)
        start = x(one) + float(one.get("dx") or 0)
        found.append((text, start - wide, start) if one.get("text-anchor") == "end" else (text, start, start + wide))
    return found


@pytest.mark.parametrize("is_in_a_column", [False, True], ids=["wide", "column"])
@pytest.mark.parametrize("today", ["2026-03-02", "2026-11-30"])
def test_nee16_of_ten_injections_each_text_has_its_mark_and_nothing_is_clipped(
    clinic: Clinic, draw: Callable[..., Drawing], clock_offset: ClockOffset, today: str, is_in_a_column: bool
) -> None:
    """In each row one mark of its own among the words of one entry; every word and mark ends inside the picture."""
    now = local(today, "09:00")
    clock_offset.set((now - datetime.now(UTC)).total_seconds())
    clinic.now = now
    patient = clinic.fit_patient()
    for given in TEN:
        clinic.earlier_injection(patient, given, by=clinic.radiologist, confirm_new=True)
    visit = clinic.book(patient, now + timedelta(days=200), override_reason="Please look").appointment
    assert visit is not None
    drawn, width = (draw(patient, review=visit.pk), NARROW) if is_in_a_column else (draw(patient), WIDE)
    entries = drawn.of("entry", "g")
    assert len(entries) == len(TEN) + 1
    for entry in entries:
        texts = [one.text for one in entry.iter("text") if one.get("class") is None]
        marks = [one for one in entry.iter("g") if one.get("transform")]
        assert texts, entry
        assert len(marks) == 1, texts
        assert 7 <= float(re.findall(r"[\d.]+", marks[0].get("transform") or "")[0]) <= width - 12, texts
    said = f"Today, {now.day} {now:%B} {now.year}"
    assert said in drawn.texts
    for text, start, end in spans(drawn):
        assert start >= 0, (text, start)
        assert end <= width, (text, end)


def test_nothing_is_styled_inline(clinic: Clinic, draw: Callable[[Patient], Drawing]) -> None:
    patient = clinic.patient()
    clinic.earlier_injection(patient, "2025-11-30")
    assert "style" not in {name for one in draw(patient).svg.iter() for name in one.attrib}


def test_a_patient_without_injections_is_told_what_to_do(clinic: Clinic, client_of: Callable[[User], Client]) -> None:
    page = client_of(clinic.users["reception"]).get(f"/patients/{clinic.patient().pk}/").content.decode()
    assert "No injection is recorded" in page
