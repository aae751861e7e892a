"""What is looked for in German: words that no German text has, clinical words, the safety net as it has to stand."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po
from django.conf import settings

CATALOGUE: Final = Path(__file__).resolve().parents[3] / "pht_clinic/locale/de/LC_MESSAGES/django.po"

ENGLISH: Final = re.compile(
    r"\b(the|an?d|you|your|yours|please|with|are|is|for|from|this|that|have|has|not|us|we|our|it|its|at|on|to|of|by|"
    r"phone|answer|answers|appointment|visit|or|if|do|does|can|cannot|when|where|what|how|why|yes|no|back|page|open|"
    r"choose|enter|give|then|there|here|time|date|day|days|hours|minutes|doctor|pain|may|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|january|february|march|june|july|october|december)\b",
    re.IGNORECASE,
)
"""Words of English that are no words of German. Names, addresses and what somebody typed are taken out first."""
CLINICAL: Final = re.compile(
    r"spritz|inje[kc]|steroid|[kc]ortis|sehne|hüft|gesäß|schleimbeutel|sitzbein|ultraschall|schmerz|\bweh|wund|"
    r"betäub|nadel|physio|diabet|\bbein\b|beine\b|gelenk|diagno|radiolog|untersuch|behandl|\briss|befund|operation|"
    r"entzünd|muskel|oberschenkel|leiste",
    re.IGNORECASE,
)
"""What no inbox may show, in German."""
SAFETY_NET: Final = [
    "Bei diesen Zeichen: sofort 999 anrufen oder in die Notaufnahme (A&E)",
    "Schwellung von Lippen, Zunge oder Rachen, Atemnot oder Schmerzen in der Brust",
    "sehr starkes Krankheitsgefühl, Verwirrtheit oder Schüttelfrost",
    "Taubheit zwischen den Beinen, oder Sie können Urin oder Stuhl nicht halten oder nicht entleeren",
    "Bei diesen Zeichen: noch heute bei uns anrufen",
    (
        "Telefon 020 7946 0100 (Montag bis Freitag, 8 bis 18 Uhr). Wenn wir geschlossen haben, rufen Sie 111 an. "
        "Das gilt jederzeit, vom ersten Tag an und auch noch Wochen später."
    ),
    "Temperatur von 38 °C oder mehr, Frösteln oder Krankheitsgefühl",
    "Haut, die rot, heiß oder geschwollen ist oder nässt, oder eine Rötung, die sich ausbreitet",
    "starke Schmerzen, Schmerzen, gegen die Schmerzmittel nicht helfen, oder Schmerzen, die immer stärker werden",
    (
        "ein plötzlicher Knall, ein Schnappen oder ein stechender Schmerz in Gesäß oder Oberschenkel, ein neuer "
        "Bluterguss am Oberschenkel oder ein plötzlich schwaches Bein"
    ),
    "erst Besserung und dann wieder Verschlechterung",
    "Taubheit oder Schwäche in Bein oder Fuß, die nach 24 Stunden noch da ist oder neu auftritt",
    "ein Knoten oder Bluterguss, der größer wird",
    "eine Schwellung an einer Wade oder einem Bein",
    (
        "Rufen Sie uns auch an, wenn es ohne eines dieser Zeichen wehtut und nach dem 3. Tag nicht besser ist. Wenn "
        "Sie Diabetes haben, gebrechlich sind oder ein Medikament nehmen, das Ihre Abwehrkräfte schwächt, rufen Sie "
        "früher an. Warten Sie nicht auf die Antwort auf eine E-Mail."
    ),
]
"""In every message after the injection, in this order, without a word in between."""


def english_in(text: str, *typed: str) -> set[str]:
    """The English words of a German text, but for the clinic's own and what somebody typed."""
    own = (settings.CLINIC_NAME, settings.CLINIC_ADDRESS, "Dr Imogen Hale", "Tom Reed", "A&E", *typed)
    plain = re.sub(r"https?://\S+", " ", text)
    for one in sorted(filter(None, own), key=len, reverse=True):
        plain = plain.replace(one, " ")
    sentences = {said for said in _untranslated() if said in plain}
    return {found[0] for found in ENGLISH.finditer(plain)} | sentences


@cache
def _untranslated() -> frozenset[str]:
    """What stands in the catalogue in English and reads otherwise in German, but for short words and placeholders."""
    with CATALOGUE.open("rb") as source:
        known = {str(one.id): str(one.string) for one in read_po(source) if one.id}
    return frozenset(
        said for said, german in known.items() if len(said) > 7 and "%" not in said and said.lower() != german.lower()
    )
