"""Keeps the words that patients read in another language: `python docs/catalogue.py [--check]`.

Every sentence for patients stands in the code in English. This finds them all, puts those that are new into each
catalogue (pht_clinic/locale) with an empty translation, drops those that are gone, and compiles it. `--check` only says
what is missing, empty, marked as doubtful, without its placeholders, or not compiled. No gettext tools are needed.

What the sign-in pages say in place of allauth (pht_clinic/web/signing_in/locale) is written by hand, and compiled.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

import django  # noqa: E402
from babel.messages.catalog import Catalog  # noqa: E402
from babel.messages.mofile import write_mo  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402
from django.template import engines  # noqa: E402
from django.template.base import Node, NodeList  # noqa: E402
from django.templatetags.i18n import BlockTranslateNode, TranslateNode  # noqa: E402
from django.utils.functional import Promise  # noqa: E402

APPS: Final = ("pht_clinic", "scheduling", "injections")
LOCALE: Final = CHECKOUT / "pht_clinic" / "locale"
BY_HAND: Final = CHECKOUT / "pht_clinic/web/signing_in/locale/en_GB/LC_MESSAGES/django.po"
_MARKS: Final = frozenset({"gettext", "gettext_lazy", "gettext_noop", "_"})
_HOLES: Final = re.compile(r"%\((\w+)\)s|\{(\w+)\}|</?\w+[^>]*>")


def found() -> dict[str, str]:
    """Every sentence, with where it stands first."""
    every = [*in_code(), *in_templates(), *in_tables()]
    return {said: where for said, where in reversed(every) if said}


def in_code() -> Iterator[tuple[str, str]]:
    """What is marked in modules."""
    for app in APPS:
        for file in sorted((CHECKOUT / app).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if "utils.translation" in text:
                where = str(file.relative_to(CHECKOUT))
                yield from ((said, where) for said in _marked(ast.parse(text)))


def _marked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKS and node.args:
            said = node.args[0]
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said.value


def in_templates() -> Iterator[tuple[str, str]]:
    """What is marked in templates, as it is looked up when they are written."""
    for app in APPS:
        folder = CHECKOUT / app / "templates"
        for file in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
            text = file.read_text(encoding="utf-8")
            if "translate" in text:
                where = str(file.relative_to(CHECKOUT))
                template: Any = engines["django"].from_string(text)
                yield from ((said, where) for said in _said_in(template.template.nodelist))


def _said_in(nodes: NodeList) -> Iterator[str]:
    for node in _all_nodes(nodes):
        if isinstance(node, BlockTranslateNode):
            yield node.render_token_list(node.singular)[0]
        elif isinstance(node, TranslateNode) and isinstance(node.filter_expression.var, str):
            yield node.filter_expression.var
        elif isinstance(node, TranslateNode) and getattr(node.filter_expression.var, "literal", None):
            yield str(node.filter_expression.var.literal)


def _all_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        for name in node.child_nodelists:
            yield from _all_nodes(getattr(node, name, None) or ())
        if hasattr(node, "conditions_nodelists"):
            for _, inner in node.conditions_nodelists:
                yield from _all_nodes(inner)


def in_tables() -> Iterator[tuple[str, str]]:
    """What patients read out of tables that know nothing of languages, and the fields of their forms."""
    from injections import words  # noqa: PLC0415 - once Django is set up
    from injections.answers import earlier, earlier_forms  # noqa: PLC0415
    from injections.answers import forms as answers  # noqa: PLC0415
    from injections.messages.aftercare_plan import LOAD_ADVICE  # noqa: PLC0415
    from injections.patient_link import forms  # noqa: PLC0415
    from injections.safety import sites  # noqa: PLC0415
    from injections.safety.beside import ASKED_BESIDE, DIABETES_TYPES  # noqa: PLC0415
    from injections.safety.questions import FOLLOW_UPS, QUESTIONS  # noqa: PLC0415
    from injections.safety.warning_signs import SIGNS  # noqa: PLC0415
    from pht_clinic import text  # noqa: PLC0415
    from scheduling.messages.words import MONTHS, WEEKDAYS  # noqa: PLC0415

    tables: dict[str, Iterable[str]] = {
        "injections/safety/questions.py": [one.text for one in (*QUESTIONS.values(), *FOLLOW_UPS, *ASKED_BESIDE)],
        "injections/safety/warning_signs.py": [sign.text for sign in SIGNS.values()],
        "injections/safety/beside.py": DIABETES_TYPES.values(),
        "injections/messages/aftercare_plan.py": [LOAD_ADVICE],
        "scheduling/messages/words.py": [*WEEKDAYS, *MONTHS],
        "pht_clinic/text.py": [text.CANNOT_BE_SEEN, text.TURNS_AROUND],
        "injections/words.py": [
            *words.ANSWERS.values(),
            *words.ONSETS.values(),
            *words.PAIN_SITES.values(),
            *words.SIDES.values(),
            *(words.SITE_NAMES[site] for site in sites.BOOKABLE_SITES),
            *words.BLOOD_THINNERS.values(),
            *words.QUESTION_LABELS.values(),
            *(name.lower() for name in (*words.AREA_NAMES.values(), *words.SIDES.values())),
        ],
        "injections/answers/earlier.py": earlier.PLACES.values(),
        "injections/answers/earlier_forms.py": _of_fields(earlier_forms.fields_of(1)),
        "injections/answers/forms.py": [
            *answers.NOT_KNOWN.values(),
            "Tick each one that you take.",
            "For example, 27 3 2026",
            "Enter a date such as 27 3 2026.",
        ],
    }
    for where, said in tables.items():
        yield from ((one, where) for one in said)
    for form in (*_forms(forms.OwnForm), answers.MeasureFields):
        where = f"{form.__module__.replace('.', '/')}.py"
        yield from ((one, where) for one in _of_fields(form.base_fields))


def _forms(base: Any) -> Iterator[Any]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)


def _of_fields(fields: dict[str, Any]) -> list[str]:
    return [one for field in fields.values() for one in _of_a_field(field)]


def _of_a_field(field: Any) -> Iterator[str]:
    yield str(field.label or "")
    yield str(field.help_text or "")
    yield from (str(label) for code, label in getattr(field, "choices", ()) if re.search("[a-z]", str(label)))
    yield from (said for said in field.error_messages.values() if not isinstance(said, Promise))


def problems(catalogue: Catalog, sentences: Iterable[str]) -> Iterator[str]:
    """What is wrong with a catalogue, a line for each."""
    wanted = set(sentences)
    known = {str(message.id): message for message in catalogue if message.id}
    yield from (f"is missing: {said!r}" for said in sorted(wanted - known.keys()))
    yield from (f"is said nowhere any more: {said!r}" for said in sorted(known.keys() - wanted))
    for said, message in known.items():
        if not message.string:
            yield f"has no translation: {said!r}"
        elif message.fuzzy:
            yield f"is marked as doubtful: {said!r}"
        elif holes(said) != holes(str(message.string)):
            yield f"has other placeholders in its translation: {said!r}"


def holes(text: str) -> list[str]:
    """The placeholders and the tags of a sentence, in any order."""
    return sorted(found.group() for found in _HOLES.finditer(text))


def compiled(catalogue: Catalog) -> bytes:
    """The same catalogue always makes the same bytes."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def read(file: Path) -> Catalog:
    with file.open("rb") as source:
        return read_po(source)


def files() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def renewed(old: Catalog, sentences: dict[str, str]) -> Catalog:
    """With every sentence and no other, in the order of where they stand; what was translated stays."""
    fresh = Catalog(locale=old.locale, header_comment=old.header_comment, fuzzy=False, creation_date=old.creation_date)
    fresh.mime_headers = old.mime_headers
    for said, where in sorted(sentences.items(), key=lambda one: (one[1], one[0])):
        known = old.get(said)
        fresh.add(said, known.string if known else "", locations=[(where, None)], auto_comments=[])
    return fresh


def main(arguments: list[str]) -> int:
    """0 where everything stands as it should; with nothing asked it is put so, as far as a program can."""
    django.setup()
    sentences, wrong = found(), 0
    for file in files():
        catalogue = read(file)
        if "--check" not in arguments:
            catalogue = renewed(catalogue, sentences)
            with file.open("wb") as target:
                write_po(target, catalogue, width=120, sort_output=False, include_lineno=False)
            catalogue = read(file)
            file.with_suffix(".mo").write_bytes(compiled(catalogue))
        wrong += told(file, [*problems(catalogue, sentences), *uncompiled(file, catalogue)])
    by_hand = read(BY_HAND)
    if "--check" not in arguments:
        BY_HAND.with_suffix(".mo").write_bytes(compiled(by_hand))
    wrong += told(
        BY_HAND, [*problems(by_hand, (str(one.id) for one in by_hand if one.id)), *uncompiled(BY_HAND, by_hand)]
    )
    return 1 if wrong else 0


def uncompiled(file: Path, catalogue: Catalog) -> Iterator[str]:
    """A line where what processes read is not what stands in the file."""
    made = file.with_suffix(".mo")
    if not made.exists() or made.read_bytes() != compiled(catalogue):
        yield "is not compiled: run docs/catalogue.py"


def told(file: Path, said: list[str]) -> int:
    """How many lines, each of them said."""
    for line in said:
        sys.stderr.write(f"{file.relative_to(CHECKOUT)} {line}\n")
    return len(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
