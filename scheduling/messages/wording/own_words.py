"""What a clinic may word itself in a message, and what such words must keep. Pure.

Three parts: the subject, the first paragraph, and a closing of its own (paragraphs and lists). Everything else stands
in the templates and is the same in every clinic: what was done and when, the safety net, the links, how to reach us.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from pht_clinic.errors import FieldError
from scheduling.messages.kinds import MessageKind

SUBJECT_LINE, OPENING, CLOSING = "subject_line", "opening", "closing"
NAMES = {SUBJECT_LINE: "subject", OPENING: "first paragraph", CLOSING: "closing"}
LONGEST = {SUBJECT_LINE: 70, OPENING: 300, CLOSING: 1500}
"""Characters; a subject counts as its reader gets it, with its placeholders filled in."""
IN_CLOSING = ("phone",)
"""What every closing may print beside the values of its kind."""
_SEEN_IN_THE_INBOX = (SUBJECT_LINE, OPENING)
_ADDRESS = re.compile(r"://|\bwww\.|\b[\w-]+\.(?:com|org|net|uk|eu|info|io|health|clinic|example)\b", re.IGNORECASE)
_EMERGENCY = re.compile(r"\b999\b|\b111\b|\b112\b|\ba\s*(?:&|and)\s*e\b|\bambulance\b", re.IGNORECASE)
_MARKS = ("##", "=>")
# Headings and links are the templates' alone, whatever stands in the row and in the values it prints.
_UNDUE = re.compile(r"^(?:\s*(?:##|=>))+\s*", re.MULTILINE)
_unseen: set[str] = set()
_unsaid: set[str] = set()


_said_once: list[Callable[[], Iterable[str]]] = []


def say_once(words: Callable[[], Iterable[str]]) -> None:
    """Words of the clinic's country that stand in the block about emergencies alone; asked for at each look."""
    _said_once.append(words)


def keep_out_of_sight(stems: Iterable[str]) -> None:
    """Parts of words (regular expressions) that neither a subject nor a first paragraph may name."""
    _unseen.update(stems)


def keep_out(stems: Iterable[str]) -> None:
    """Parts of words (regular expressions) that no words of the clinic's own may hold."""
    _unsaid.update(stems)


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of one message that a clinic words itself; an empty one is the standard one."""

    subject_line: str = ""
    opening: str = ""
    closing: str = ""

    def over(self, standard: Words) -> Words:
        """With the standard part where there is no own one."""
        return Words(
            self.subject_line or standard.subject_line,
            self.opening or standard.opening,
            self.closing or standard.closing,
        )

    def apart_from(self, standard: Words) -> Words:
        """Only what differs from the standard wording."""
        same = {name: "" for name in NAMES if getattr(self, name) == getattr(standard, name)}
        return replace(self, **same)

    def filled(self, kind: MessageKind, values: Mapping[str, object]) -> Words:
        """As the reader gets them. Raises: LookupError (a value is missing)."""
        whole = self.over(standard(kind))
        subject, opening, closing = (
            part.format_map(values) for part in (whole.subject_line, whole.opening, whole.closing)
        )
        return Words(subject, _UNDUE.sub("", opening), _UNDUE.sub("", closing))

    def tidy(self) -> Words:
        """Without white space that nobody sees: a subject and a first paragraph are one line each."""
        lines = (line.rstrip() for line in self.closing.replace("\r\n", "\n").strip().split("\n"))
        return Words(
            self.subject_line.strip(), " ".join(self.opening.split()), re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
        )


STANDARD = Words()


def standard(kind: MessageKind) -> Words:
    """The words that the program itself has for this kind, in the language that is spoken now."""
    return Words(gettext(kind.subject_line), gettext(kind.opening) if kind.opening else "")


def placeholders(kind: MessageKind, part: str) -> tuple[str, ...]:
    """The values that this part may print."""
    return (*kind.placeholders, *IN_CLOSING) if part == CLOSING else kind.placeholders


def kept_in(kind: MessageKind, part: str) -> list[str]:
    """The values that this part must print, because the standard one does."""
    return [name for _, name, _, _ in string.Formatter().parse(getattr(standard(kind), part)) if name]


def still_printable(words: Words, kind: MessageKind) -> Words:
    """Without the parts whose placeholders are not, or no longer all, those of this kind: a message that prints the
    standard part instead is better than none.
    """
    parts = {part: getattr(words, part) for part in NAMES}
    return replace(words, **{part: "" for part, text in parts.items() if text and _braces(part, text, kind)})


def problems(words: Words, kind: MessageKind) -> list[FieldError]:
    """Why a clinic cannot use these words for this kind; at most one sentence for each part."""
    found = ((part, _problem(part, getattr(words, part), kind)) for part in NAMES)
    return [FieldError(f"#/{part}", sentence) for part, sentence in found if sentence]


def _problem(part: str, text: str, kind: MessageKind) -> str:
    if not text.strip():
        return "" if part == CLOSING else f"Enter the {NAMES[part]}."
    checks = (_characters, _braces, _length, _said, _inbox, _links, _emergency, _form)
    return next(filter(None, (check(part, text, kind) for check in checks)), "")


def _characters(part: str, text: str, kind: MessageKind) -> str:
    """One line where it is one; nothing invisible, and nothing that could become a header or markup."""
    if part == SUBJECT_LINE and len(text.splitlines()) > 1:
        return "The subject must be one line."
    allowed = "" if part == SUBJECT_LINE else "\r\n"
    bad = [one for one in text if one not in allowed and unicodedata.category(one) in _INVISIBLE]
    if bad:
        return f"The {NAMES[part]} holds an invisible character (U+{ord(bad[0]):04X}). Type it again without it."
    if part == OPENING and "\n\n" in re.sub(r"\n[ \t]+", "\n", text.replace("\r\n", "\n")).strip():
        return "The first paragraph must be one paragraph. What follows belongs to the closing."
    if "<" in text or ">" in text.replace("=>", ""):
        return f"Leave < and > out of the {NAMES[part]}: it is plain words, and the HTML is made from them."
    return ""


_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _braces(part: str, text: str, kind: MessageKind) -> str:
    """Every placeholder is one of this kind; those of the standard words stay."""
    known = placeholders(kind, part)
    try:
        used = [_plain(*field) for field in string.Formatter().parse(text)]
    except ValueError:
        used = [None]
    if None in used or "{{" in text or "}}" in text:
        return f"A {{ or }} in the {NAMES[part]} belongs to no placeholder. You can use {_listed(known)}."
    unknown = [name for name in used if name and name not in known]
    if unknown:
        return f"There is no {{{unknown[0]}}} in this message. You can use {_listed(known)}."
    missing = [name for name in kept_in(kind, part) if name not in used]
    if missing:
        return f"Keep {_listed(missing)} in the {NAMES[part]}: it is printed from the record."
    return ""


def _plain(literal: str, name: str | None, form: str | None, conversion: str | None) -> str | None:
    """The name of a placeholder, "" where there is none; None for one that asks for more than its value."""
    if name is None:
        return ""
    return name if name.isidentifier() and not form and not conversion else None


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _length(part: str, text: str, kind: MessageKind) -> str:
    seen = text.format_map(kind.example) if part == SUBJECT_LINE else text
    if len(seen) <= LONGEST[part]:
        return ""
    return f"The {NAMES[part]} may have {LONGEST[part]:,} characters; this one has {len(seen):,}."


def _said(part: str, text: str, kind: MessageKind) -> str:
    word = _first(_unsaid, text)
    return f"Leave “{word}” out of the {NAMES[part]}: an email cannot tell what it is." if word else ""


def _inbox(part: str, text: str, kind: MessageKind) -> str:
    word = _first(_unseen, text) if part in _SEEN_IN_THE_INBOX else ""
    if not word:
        return ""
    return f"Leave “{word}” out of the {NAMES[part]}: whoever sees the inbox would learn what the visit is about."


def _links(part: str, text: str, kind: MessageKind) -> str:
    found = _ADDRESS.search(text)
    if not found:
        return ""
    return f"Leave web addresses out of the {NAMES[part]}: the one page to follow is the patient's own."


def _emergency(part: str, text: str, kind: MessageKind) -> str:
    own = sorted({word for words in _said_once for word in words()})
    of_the_country = (re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in own)
    found = _EMERGENCY.search(text) or next(filter(None, of_the_country), None)
    if not found:
        return ""
    return (
        f"Leave “{found[0]}” out of the {NAMES[part]}: what to do in an emergency is said in one block, the same "
        "everywhere."
    )


def _form(part: str, text: str, kind: MessageKind) -> str:
    marked = [line for line in text.splitlines() if line.strip().startswith(_MARKS)]
    if not marked:
        return ""
    return f"No line of the {NAMES[part]} may begin with ## or =>. A line that begins with “- ” is an entry of a list."


def _first(stems: Collection[str], text: str) -> str:
    """The first whole word of the text that one of the stems is found in, however its letters are dressed up."""
    if not stems:
        return ""
    plain = unicodedata.normalize("NFKD", re.sub(r"\{\w*\}", " ", text))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    found = re.search(rf"[\w-]*(?:{'|'.join(sorted(stems))})[\w-]*", plain, re.IGNORECASE)
    return found[0].strip() if found else ""
