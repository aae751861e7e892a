"""PRIV4: a mail says what its template says, the name, the time and the link; nothing else of the patient."""

import random
import re
from datetime import date, timedelta
from pathlib import Path

from scheduling.messages import kinds, render
from scheduling.models import Practitioner
from tests.scheduling.messages.test_render import ALL, NOW, START, appointment, row, written

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = [*ROOT.glob("*/templates/*/mail/*.txt")]
CANARIES = {
    "phone": "07700 900777",
    "nhs_number": "9990001234",
    "email": "canary-{number}@mail.example",
    "date_of_birth": date(1931, 7, 13),
}
PRINTED = (
    "dear",
    "when",
    "was",
    "day",
    "weekday",
    "time",
    "minutes",
    "practitioner",
    "delay_until",
    "until",
    "visit_day",
    "visit_on",
    "rest_until",
)


def vocabulary() -> set[str]:
    """Every word that stands in a template or opens a kind of message, and those of the clinic's own settings."""
    marked = re.compile(r'{% translate "(.*?)" %}')
    sources = " ".join(re.sub(r"{%.*?%}|{{.*?}}", " ", marked.sub(r"\1", path.read_text())) for path in TEMPLATES)
    openings = " ".join(kind.opening for kind in kinds.registered())
    clinic = "PHT Clinic 1 Example Street, London 020 7946 0100 Monday to Friday, 8am to 6pm Hello 14 days 999 111 A&E"
    return words_of(f"{sources} {openings} {clinic}")


def words_of(text: str) -> set[str]:
    return {word for word in re.split(r"[^\w']+", re.sub(r"https?://\S+", " ", text)) if word}


def test_only_allowed_words(is_full_trial: bool) -> None:
    draw = random.Random(20261120)
    known = vocabulary()
    names = ["Ann", "Bartholomew", "Çelik", "O'Shea", "Nguyễn", "Lee", "Quist", "Adeyemi"]
    for number in range(1000 if is_full_trial else 20):
        visit_of = {
            **CANARIES,
            "email": f"canary-{number}@mail.example",
            "given_name": draw.choice(names),
            "family_name": f"{draw.choice(names)}{number}",
        }
        shift = timedelta(days=draw.randrange(300), minutes=5 * draw.randrange(96))
        for kind, visit in ALL:
            made = appointment(visit, **visit_of)
            made.start_at, made.end_at = START + shift, START + shift + timedelta(minutes=30)
            made.practitioner = Practitioner(pk=1, name=f"Dr {draw.choice(names)}")
            message = row(kind, made)
            letter = render.letter(message, now=NOW)
            printed = " ".join(str(message.values.get(name, "")) for name in PRINTED)
            strange = words_of(letter.text) - known - words_of(printed)
            assert not strange, (kind.template, strange)
            assert "canary" not in letter.text + letter.html + letter.subject
            assert "Canary" not in letter.subject
            assert not words_of(letter.subject) & words_of(f"{visit_of['given_name']} {visit_of['family_name']}")


def test_the_subject_varies_with_the_time_alone() -> None:
    for kind, visit in ALL:
        subjects = {
            written(kind, visit).subject,
            render.letter(row(kind, appointment(visit, given_name="Zed", family_name="Ypsilon")), now=NOW).subject,
        }
        assert len(subjects) == 1, kind.template
    for name in ("confirmed", "reminder-week", "reminder-2-days", "moved"):
        assert len({written(kinds.kind_of(name, visit=visit), visit).subject for _, visit in ALL}) == 1
