"""The refusals a use case may answer with: a code for programs and a sentence that is safe to show.

They know nothing of HTTP; `pht_clinic.web.problem` maps them to responses.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ParamSpec

Asked = ParamSpec("Asked")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One problem of one field; `pointer` is an RFC 6901 fragment such as `#/answers/fever`."""

    pointer: str
    detail: str


def pointer_step(name: str) -> str:
    """One step of a pointer, escaped. Source: RFC 6901, section 3."""
    return name.replace("~", "~0").replace("/", "~1")


def naming(name: str, detail: str) -> str:
    """A sentence about a field that names it: "is required" of "Tear" is "Tear is required.".

    One that names it already stays as it is.
    """
    if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", detail, re.IGNORECASE):
        return detail
    said = detail if detail[1:2].isupper() else detail[:1].lower() + detail[1:]
    if said.startswith("this field "):
        return f"{name} {said.removeprefix('this field ')}"
    if said == detail and detail[:1].islower():
        return f"{name} {detail}" if detail.endswith(".") else f"{name} {detail}."
    return f"{name}: {said}"


def field_words(pointer: str) -> str:
    """What a pointer leads to, in words: "#/dose_mg" is "Dose in mg", "#/injections/0/side" is "Side"."""
    steps = [step for step in pointer.split("/") if not step.isdigit()]
    words = steps[-1].replace("~1", "/").replace("~0", "~").replace("_", " ")
    for code, unit in _UNITS.items():
        words = f"{words.removesuffix(code)} in {unit}" if words.endswith(code) else words
    return words[:1].upper() + words[1:]


_UNITS = {" mg ml": "mg/ml", " mg": "mg", " ml": "ml", " mm": "mm"}


class Refusal(Exception):
    """An expected "no". `extra` is merged into the answer that programs get."""

    code = "refused"
    sentence = "This cannot be done."

    def __init__(
        self, sentence: str | None = None, *, code: str | None = None, extra: Mapping[str, object] | None = None
    ) -> None:
        self.sentence = sentence or type(self).sentence
        self.code = code or type(self).code
        self.extra: dict[str, object] = dict(extra or {})
        super().__init__(self.sentence)


class Invalid(Refusal):
    """What was sent cannot be accepted; names every field that is wrong, all at once."""

    code = "invalid"
    sentence = "Some of what was sent cannot be accepted."

    def __init__(
        self,
        errors: Sequence[FieldError] = (),
        *,
        sentence: str | None = None,
        code: str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.errors = list(errors)
        if sentence is None and len(self.errors) == 1:
            sentence = self.errors[0].detail
        super().__init__(sentence, code=code, extra=extra)

    @classmethod
    def field(cls, name: str, detail: str) -> "Invalid":
        """A problem of one field; `name` may be nested with slashes ("answers/fever")."""
        return cls([FieldError(f"#/{name}", detail)])


class Forbidden(Refusal):
    """This person may not do this."""

    code = "forbidden"
    sentence = "You do not have permission to do this."


class Missing(Refusal):
    """There is no such thing."""

    code = "not-found"
    sentence = "There is nothing at this address."


class Conflict(Refusal):
    """The present state does not allow it: a clash, a stale revision, a transition that does not exist."""

    code = "conflict"
    sentence = "Something has changed, so this cannot be done now."


class Busy(Refusal):
    """It may well work in a moment: a lock was not to be had, or the database did not answer."""

    code = "busy"
    sentence = "The system is busy. Try again in a moment."

    def __init__(self, sentence: str | None = None, *, retry_after_seconds: int = 3) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(sentence)


class NothingCanBeSaved(Busy):
    """The database answers and takes no changes: it is read-only, or its disk is full."""

    sentence = "Nothing can be saved at the moment, and this was not. Try again in a few minutes."

    def __init__(self) -> None:
        super().__init__(retry_after_seconds=60)


def why_not(check: Callable[Asked, object], *args: Asked.args, **kwargs: Asked.kwargs) -> str:
    """The sentence with which a check refuses, for the button that asks it beforehand; "" where it does not refuse."""
    try:
        check(*args, **kwargs)
    except Refusal as refusal:
        return refusal.sentence
    return ""
