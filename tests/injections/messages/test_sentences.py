"""Each sentence stands in exactly the messages, and under exactly the conditions, that the table of letters names.

Every kind is written with every combination of what may hold; a sentence that no row names fails as much as one that
stands where it does not apply.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Mapping

import pytest

from injections.messages import kinds as message_kinds
from injections.messages.aftercare import safety_net
from injections.safety.policy import DEFAULT
from scheduling.messages import kinds, render
from scheduling.messages.kinds import MessageKind
from scheduling.messages.wording import rewording
from scheduling.models import Message
from scheduling.templatetags.clinic_words import as_blocks
from tests.injections.messages.letters import AFTER, EVERY, HELD, PREPARED, REMINDERS, SAFETY_NET, SENTENCES
from tests.scheduling.messages.test_render import NOW, START, appointment, row

KINDS = {kind.template: kind for kind in rewording.worded_kinds()}
AFTERWARDS = (
    *("steroid", "anaesthetic", "diabetes", "type_1", "ischial", "loaded", "tear"),
    *("one_more_day", "same_day", "resting"),
)


AT_NEXT_STEPS = ("steroid", "diabetes", "ischial", "loaded", "tendon", "joint", "tear")


def flags_of(template: str) -> tuple[str, ...]:
    """What a row of this kind may carry that changes its sentences."""
    if template.endswith("/rest_over"):
        return AT_NEXT_STEPS
    if template in AFTER:
        return AFTERWARDS
    if template in REMINDERS:
        return ("ask_again", "diabetes")
    return ("diabetes",) if template in PREPARED else ("replaces",) if template in HELD else ()


def variants(template: str) -> Iterator[dict[str, bool]]:
    flags = flags_of(template)
    for values in itertools.product((True, False), repeat=len(flags)):
        yield dict(zip(flags, values, strict=True))


def message(kind: MessageKind, flags: Mapping[str, bool]) -> Message:
    """A row of this kind as its use case makes it, with these flags."""
    visit = "injection" if kind.template.startswith("injections") else "physiotherapy"
    made = row(kind, appointment(visit, start_at=START))
    made.values = {**made.values, **flags}
    return made


def applies(condition: str, flags: Mapping[str, bool]) -> bool:
    return all(
        not flags[part.removeprefix("not ")] if part.startswith("not ") else flags[part]
        for part in filter(None, condition.split(" and "))
    )


def expected(template: str, flags: Mapping[str, bool], values: Mapping[str, object]) -> list[str]:
    found = [
        one.text.format_map(values) for one in SENTENCES if template in one.where and applies(one.condition, flags)
    ]
    return sorted(found + (SAFETY_NET if template in AFTER else []))


def html_lines(source: str) -> list[str]:
    """The text of each heading, paragraph and entry, in order."""
    body = source[source.index("<body>") :]
    return [
        html.unescape(re.sub(r"<[^>]+>", "", found)).strip()
        for _, found in re.findall(r"<(h2|p|li)>(.*?)</\1>", body, re.S)
    ]


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("template", sorted(KINDS))
def test_each_sentence_stands_where_it_applies_and_text_and_html_say_the_same(template: str) -> None:
    for flags in variants(template):
        made = message(KINDS[template], flags)
        letter = render.letter(made, now=NOW, is_preview=True)
        lines = [line for block in as_blocks(letter.text) for line in block.lines]
        assert sorted(lines) == expected(template, flags, made.values), flags
        assert html_lines(letter.html) == lines, flags


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("template", sorted(AFTER))
def test_the_safety_net_stands_whole_and_in_order_whatever_else_holds(template: str) -> None:
    for flags in variants(template):
        letter = render.letter(message(KINDS[template], flags), now=NOW, is_preview=True)
        lines = [line for block in as_blocks(letter.text) for line in block.lines]
        start = lines.index(SAFETY_NET[0])
        assert lines[start : start + len(SAFETY_NET)] == SAFETY_NET


def test_the_block_of_the_pages_is_that_of_the_mails() -> None:
    assert [line for block in safety_net() for line in block.lines] == SAFETY_NET


def test_the_table_names_every_kind_and_every_row_of_it_is_of_use() -> None:
    assert set(KINDS) == EVERY
    for one in SENTENCES:
        assert one.where <= EVERY
        uses = [applies(one.condition, flags) for template in one.where for flags in variants(template)]
        assert any(uses), one
        assert all(uses) is not bool(one.condition), one


def test_unknown_is_not_no() -> None:
    """Where nobody knows whether the patient has diabetes the line stands there."""
    made = row(kinds.of_template("injections/mail/confirmed"))
    assert "diabetes" not in made.values
    assert "have your testing kit ready" in " ".join(render.letter(made, now=NOW).text.split())


def test_a_clinic_that_waits_longer_after_an_infection_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_kinds, "effective_policy", lambda: DEFAULT.tightened({"infection_hours": 500}))
    text = render.letter(row(kinds.of_template("injections/mail/confirmed")), now=NOW).text
    assert "antibiotics in the last 21 days" in " ".join(text.split())
