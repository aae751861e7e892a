"""Where the rules come from. Every rule names at least one source; most name a section of a public document.

What does not come from the three documents is clinic policy: it awaits a clinician's signature, and says so.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Standing(StrEnum):
    """How far a statement may be relied on."""

    DOCUMENT = "document"
    EXTERNAL = "external"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a document, or a policy of the clinic with what it leans on."""

    title: str
    section: str
    standing: Standing

    @property
    def cite(self) -> str:
        if self.standing is Standing.DOCUMENT:
            return f"{self.title}: {self.section}"
        return f"Clinic policy awaiting a clinician's signature ({self.title}: {self.section})"


_OVERVIEW: Final = "Orthopaedic overview, proximal hamstring tendinopathy"
_PHYSIOTHERAPY: Final = "Enhance Physio, proximal hamstring tendinopathy"
_CLINIC: Final = "MSK Ultrasound & Injections clinic"


def overview(section: str) -> Source:
    return Source(_OVERVIEW, section, Standing.DOCUMENT)


def physiotherapy(section: str) -> Source:
    return Source(_PHYSIOTHERAPY, section, Standing.DOCUMENT)


def clinic(section: str) -> Source:
    return Source(_CLINIC, section, Standing.DOCUMENT)


def external(title: str, section: str) -> Source:
    return Source(title, section, Standing.EXTERNAL)


def ours(section: str) -> Source:
    return Source("our judgement", section, Standing.OURS)


REPEAT_INJECTIONS: Final = clinic("repeat injections (how many steroid injections)")
REST_AFTER_INJECTION: Final = clinic("rest after an injection (how long should I rest)")
CONSERVATIVE_FIRST: Final = clinic("treatment, and options if physiotherapy is not helping")
DIAGNOSIS: Final = clinic("how to diagnose")
GUIDANCE: Final = clinic("injections under ultrasound guidance")
MIMICS: Final = clinic("conditions that can mimic it")
INDICATIONS: Final = overview("indications")
CONTRAINDICATIONS: Final = overview("when it is not ideal")
ALTERNATIVES: Final = overview("alternatives and comparisons")
IMAGING: Final = overview("imaging comparisons")
PAIN_SITE: Final = overview("where the pain is usually felt")
EACH_KIND_OF_SCAN: Final = ours("a scan of one kind does not take back what the other saw")
GRADUAL_RETURN: Final = physiotherapy("progressive loading exercise programme")
WEAKER_TENDON: Final = external("tendons after a steroid injection", "weaker for about two weeks")
CONFUSED_WITH: Final = physiotherapy("final thoughts")
