"""A message as a letter on paper, for a patient whom no email reaches: whose, from whom, when, its words, and the
address of the patient's own page, short enough to type, beside a QR code of their link.

The address stands on paper alone: whoever follows it and knows the date of birth speaks for the patient, so no screen
of the staff shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from pht_clinic import clock, languages
from pht_clinic.clinic_words import clinic_words
from scheduling.messages import render
from scheduling.messages.blocks import Block
from scheduling.messages.wording import wordings
from scheduling.messages.wording.clinic_versions import as_sent
from scheduling.messages.wording.own_words import Words
from scheduling.messages.wording.said import said_text
from scheduling.messages.words import clean, full_date
from scheduling.models import Message
from scheduling.patients import link


@dataclass(frozen=True, slots=True)
class QrCode:
    """The `dark` squares, each as its place from the left and the top, of a picture `size` squares wide and high."""

    size: int
    dark: tuple[tuple[int, int], ...]

    @property
    def path(self) -> str:
        """The same as the path of a picture."""
        return "".join(f"M{x} {y}h1v1h-1z" for x, y in self.dark)


@dataclass(frozen=True, slots=True)
class Paper:
    """`to` is the name and the lines of the postal address, the name alone where none is on record; `language` the code
    of the one that it is in; `clinic` what its head says of the clinic in that language, as `clinic_words` names it.
    """

    to: tuple[str, ...]
    written_on: str
    subject: str
    blocks: tuple[Block, ...]
    qr: QrCode | None
    language: str
    clinic: Mapping[str, str]


def paper_of(message: Message, *, now: datetime, words: Words | None = None) -> Paper:
    """The letter as it is printed now, with the clinic's own words, by default those in use. One that was posted comes
    back with the head and the day with which it went.

    Raises: as `render.letter`; LookupError for a message to nobody's record.
    """
    if message.patient is None:
        raise LookupError("there is nobody to post it to")
    patient = message.patient.kept
    dear, own = clean(str(patient)), words or wordings.to_come(message)
    posted_at = message.closed_at if message.is_letter else None
    with as_sent(message) if posted_at else nullcontext():
        subject, blocks = render.on_paper(message, words=own, dear=dear)
        language = render.language_of(message)
        with languages.speaking(language):
            clinic = clinic_words()
            written_on = said_text(full_date(clock.local_date(posted_at or now)))
    has_link = message.appointment is not None and any(block.form == "link" for block in blocks)
    return Paper(
        to=(dear, *filter(None, map(str.strip, patient.address.splitlines()))),
        written_on=written_on,
        subject=subject,
        blocks=blocks,
        qr=qr_code(link.address_of(message.appointment)) if has_link and message.appointment else None,
        language=language,
        clinic=clinic,
    )


def qr_code(text: str) -> QrCode:
    """Source: ISO/IEC 18004, error correction M; the four squares of quiet around it are the page's to leave."""
    code: QRCode[Any] = QRCode(border=0, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    return QrCode(len(rows), tuple((x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark))
