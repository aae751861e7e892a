"""Whom to call in an emergency: words of the country that a clinic is in. Texts of the rules hold the British ones in
braces, as in "{A&E} or {999}", and are filled in where they are said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyWords:
    """`number` is called at once, `department` gone to, `when_closed` called while the clinic is closed."""

    number: str = "999"
    department: str = "A&E"
    when_closed: str = "111"

    def put_into(self, text: str) -> str:
        """The text with these in the place of the British ones in braces; anything else stays as it is."""
        filled = text.replace("{999}", self.number).replace("{A&E}", self.department)
        return filled.replace("{111}", self.when_closed)


BRITISH: Final = EmergencyWords()
SETTINGS: Final[Mapping[str, str]] = {
    "number": "EMERGENCY_NUMBER",
    "department": "EMERGENCY_DEPARTMENT",
    "when_closed": "OUT_OF_HOURS_NUMBER",
}
"""By which variable of the environment a clinic sets each."""
