"""A patient who reads everything in the order in which it arrives, and what they then believe of each visit.

It reads the words of the letters alone: what the product thinks that the patient was told it does not ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

_WHEN = r"(\w+ \d+ \w+ \d{4} at \d\d:\d\d)"
_SENTENCES = (
    ("stands", re.compile(rf"Your appointment is booked for {_WHEN}\.(?: It is no longer on {_WHEN}\.)?")),
    ("moved", re.compile(rf"Your appointment is now on {_WHEN}\.(?: It was to be on {_WHEN}\.)?")),
    ("reminded", re.compile(rf"Your appointment is on {_WHEN}\.")),
    ("waits", re.compile(rf"We are holding {_WHEN} for you, and we (?:are checking|need some information)")),
    ("off", re.compile(rf"We have cancelled your appointment on {_WHEN}\.")),
    ("off", re.compile(rf"Your appointment on {_WHEN} (?:will not take place|is cancelled, as you asked)\.")),
    ("missed", re.compile(rf"You had an appointment with us on {_WHEN}, and we did not see you\.")),
)
_REPLACES = re.compile(rf"This replaces what we told you about this appointment before(?:: it was to be on {_WHEN})?\.")
_NOR = re.compile(rf"Nor on ({_WHEN}(?:, nor on {_WHEN})*)\. Please do not come")
_WITH = re.compile(r"^- With: (.+)$", re.M)


def says_a_time(text: str) -> bool:
    """Whether somebody who reads this knows of which time it speaks."""
    return any(pattern.search(" ".join(text.split())) for _, pattern in _SENTENCES)


@dataclass(frozen=True)
class Belief:
    """Of one visit: it "stands", "waits" or is "off", at which time, with whom ("" where that was not said)."""

    how: str
    when: str
    who: str = ""


@dataclass
class Reader:
    """Somebody with an inbox and a telephone. `beliefs` by visit; `wrong` is what a message got wrong of them.

    Of those visits in `unsure` the clinic cannot know what arrived: a message may say more than they needed then, or of
    a time that they never heard of; what it says must still be true.
    """

    beliefs: dict[int, Belief] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    unsure: set[int] = field(default_factory=set)

    def is_told_from_the_start(self, visit: int, text: str) -> None:
        """Somebody phones, and begins with the visit of which they never heard."""
        [when] = {found.group(1) for _, pattern in _SENTENCES if (found := pattern.search(" ".join(text.split())))}
        self.beliefs.setdefault(visit, Belief("stands", when))

    def follows_the_link(self, visit: int, *, name: str, truth: Belief | None) -> None:
        """A text message says that there is news; its page says how the visit stands."""
        if name not in self.read and truth is not None:
            self.beliefs[visit] = truth
        self.read.add(name)

    def hears(self, visit: int, text: str, *, name: str, at: datetime, truth: Belief | None) -> None:
        """One message about a visit, by mail or by voice; the second copy of one (the same name) says nothing new.

        `truth` is how the visit stands at that moment, None where nothing is to be believed of it any more.
        """
        if name in self.read:
            return
        self.read.add(name)
        found = [(how, one) for how, pattern in _SENTENCES if (one := pattern.search(" ".join(text.split())))]
        if len(found) != 1:
            self.wrong.append(f"visit {visit}, {at}: says {len(found)} things: {text[:200]!r}")
            return
        [(how, one)] = found
        before = self.beliefs.get(visit)
        if visit not in self.unsure:
            self._checks(visit, how, one.groups(), text, before, at)
        if how not in ("missed", "reminded"):
            self._learns(visit, how, one.group(1), text, at, truth)

    def _learns(self, visit: int, how: str, when: str, text: str, at: datetime, truth: Belief | None) -> None:
        """What they believe from now on, and whether it is true and was worth saying."""
        before, with_whom = self.beliefs.get(visit), _WITH.search(text)
        now = Belief({"moved": "stands"}.get(how, how), when, with_whom.group(1) if with_whom else "")
        asks = "need some information" in " ".join(text.split())
        if visit not in self.unsure and before == now and not asks:
            self.wrong.append(f"visit {visit}, {at}: told {now} once more, of which they knew")
        nor = _NOR.search(" ".join(text.split()))
        if how == "off" and nor and before is not None and before.when in nor.group(1):
            now = Belief(how, before.when)
        if truth is not None and (now.how, now.when) != (truth.how, truth.when):
            self.wrong.append(f"visit {visit}, {at}: told {now}, while {truth}")
        self.beliefs[visit] = now

    def _checks(
        self, visit: int, how: str, said: tuple[str | None, ...], text: str, before: Belief | None, at: datetime
    ) -> None:
        """What it says of what they knew."""
        knew = before if before is not None and before.how != "off" else None
        was = next((part for part in said[1:] if part), None)
        replaces = _REPLACES.search(" ".join(text.split()))
        was = was or (replaces.group(1) if replaces else None)
        if was is not None and (knew is None or knew.when != was):
            self.wrong.append(f"visit {visit}, {at}: it was to be on {was}, they knew {before}")
        if (how == "moved" or replaces) and knew is None:
            self.wrong.append(f"visit {visit}, {at}: {how}, and they knew {before}")
        if how in ("off", "reminded", "missed") and (knew is None or knew.when != said[0]):
            self.wrong.append(f"visit {visit}, {at}: {how} of {said[0]}, and they knew {before}")
        if how == "reminded" and (knew is None or knew.how != "stands"):
            self.wrong.append(f"visit {visit}, {at}: reminded of what they knew as {before}")
