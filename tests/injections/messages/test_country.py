"""A clinic in another country: whom patients call is its own, everywhere, and nothing else of the safety net changes
(MES13, hazard H35).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from injections.messages.aftercare import safety_net
from injections.models import Call
from injections.patient_link.recovery import Answers, answer_recovery
from injections.safety.warning_signs import SIGNS
from pht_clinic.people.actors import PATIENT
from pht_clinic.people.models import User
from scheduling.messages import desk, render
from scheduling.messages.kinds import registered
from scheduling.messages.wording import own_words
from scheduling.models import Message
from tests.injections.messages.letters import SAFETY_NET
from tests.injections.patient_link.conftest import Linked, fit_answers, linked
from tests.pages_world import browser
from tests.scheduling.messages.test_render import AFTER, written

__all__ = ["linked"]
ROOT: Final = Path(__file__).resolve().parents[3]
BRITISH: Final = re.compile(r"\b999\b|\b111\b|A&(?:amp;)?E\b")
OWN: Final = {"999": "112", "111": "116117", "A&E": "the emergency department"}


@pytest.fixture
def abroad(settings: Any) -> None:
    settings.EMERGENCY_NUMBER, settings.OUT_OF_HOURS_NUMBER = OWN["999"], OWN["111"]
    settings.EMERGENCY_DEPARTMENT = OWN["A&E"]


def in_own_words(line: str) -> str:
    return re.sub("|".join(OWN), lambda found: OWN[found[0]], line)


def british(text: str) -> list[str]:
    """What is left of Britain in a text."""
    return BRITISH.findall(text)


def test_h35_the_safety_net_stands_word_for_word_with_the_words_of_the_country(abroad: None) -> None:
    lines = [line for block in safety_net() for line in block.lines]
    assert lines == [in_own_words(line) for line in SAFETY_NET]
    assert lines != SAFETY_NET


@pytest.mark.parametrize("name", AFTER)
def test_h35_every_mail_after_an_injection_carries_it(abroad: None, name: str) -> None:
    kind = next(kind for kind in registered() if kind.name == name)
    letter = written(kind)
    for text in (letter.text, letter.html):
        assert not british(text)
        assert OWN["111"] in text
    flat = " ".join(letter.text.split())
    assert "Call 112 or go to the emergency department now if you have" in flat


@pytest.mark.parametrize(("answer", "words"), [("saddle_or_bladder", ("999", "A&E")), ("fever", ("999", "111", "A&E"))])
def test_h35_alarms_calls_and_findings_name_them(
    linked: Linked, abroad: None, answer: str, words: tuple[str, ...]
) -> None:
    """What the patient reads at once, what the caller reads, and what reception reads at the booking."""
    appointment = linked.booked()
    text = linked.opened(appointment).post("questions/", 302, **fit_answers(**{answer: "yes"}))
    assert not british(text)
    assert all(OWN[word] in text for word in words)
    call = Call.objects.get(patient=appointment.patient)
    assert not british(call.say)
    assert OWN["999"] in call.say
    reception = browser(User.objects.get(email="reception@clinic.example"))
    for page in ("call-list", "appointment"):
        assert not british(reception.get(page, *([appointment.pk] if page == "appointment" else [])))


def test_h35_pages_sheet_and_calls_after_the_injection_name_them(linked: Linked, abroad: None) -> None:
    appointment = linked.treated()
    pages = linked.opened(appointment)
    answer_recovery(
        appointment.pk,
        Answers(
            question="flare-check",
            pain=9,
            change="worse",
            signs=(next(code for code, sign in SIGNS.items() if sign.is_emergency),),
        ),
        by=PATIENT,
        now=linked.clinic.now,
    )
    staff = browser(User.objects.get(email="radiologist@clinic.example"))
    texts = [
        pages.get(),
        pages.get("recovery/"),
        pages.get("recovery/done/"),
        staff.get("aftercare-sheet", appointment.pk),
    ]
    for text in texts:
        assert not british(text)
        assert "Call 112 or go to the emergency department now if you have" in text
        assert "When we are closed, call 116117." in text
    assert "112 was shown" in Call.objects.get(patient=appointment.patient).say
    mail = Message.objects.get(patient=appointment.patient, kind="aftercare")
    assert not british(desk.preview(mail).text)


def test_h35_no_closing_of_the_clinics_own_says_them_a_second_time(abroad: None) -> None:
    [kind] = [kind for kind in registered() if kind.name == "aftercare"]
    for word in (*OWN, *OWN.values()):
        typed = own_words.Words(kind.subject_line, kind.opening, f"In an emergency: {word}.")
        assert [error.pointer for error in own_words.problems(typed, kind)] == ["#/closing"], word


def sources() -> Iterator[tuple[str, str]]:
    """Every template of the product, and every text in its code that is no docstring."""
    for half in ("injections", "scheduling", "pht_clinic"):
        for path in (ROOT / half).rglob("*"):
            if path.suffix in (".html", ".txt"):
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
            elif path.suffix == ".py" and "migrations" not in path.parts:
                yield from ((str(path.relative_to(ROOT)), text) for text in _texts_of(path))


def _texts_of(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def test_h35_no_template_and_no_code_names_the_british_ones_but_their_one_home() -> None:
    """Rules write them in braces, which are filled in where they are said."""
    named = {
        where
        for where, text in sources()
        if british(re.sub(r"\{(?:999|111|A&E)\}", "", text)) and text.strip() != "999"
    }
    homes = {"injections/safety/emergency.py", "pht_clinic/settings.py", "scheduling/messages/wording/own_words.py"}
    assert named <= homes, named
    assert render.content("injections/mail/_safety_net", {})
