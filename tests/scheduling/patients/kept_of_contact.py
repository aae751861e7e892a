"""All that can be kept of how somebody is reached and who else counts, by column."""

from typing import Any, Final

EVERYTHING: Final[dict[str, Any]] = {
    "address": "7 Mill Lane\nLeeds",
    "preferred_contact": "letter",
    "language": "Polish",
    "written_language": "de",
    "needs": "Uses a wheelchair",
    "gp_name": "Dr Ines Faulk",
    "gp_practice": "Mill Lane Surgery",
    "gp_address": "1 Mill Lane\nLeeds",
    "gp_email": "post@surgery.example",
    "carer_name": "Ruth Ashdown",
    "carer_relation": "Daughter",
    "carer_phone": "+447700900456",
    "carer_may_speak": True,
}
NOTHING: Final[dict[str, Any]] = {**dict.fromkeys(EVERYTHING, ""), "carer_may_speak": False}
