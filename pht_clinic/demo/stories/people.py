"""The invented patients with a story, and those who fill the week beside them; dated relative to today. Data.

NHS numbers are from the 999 range, kept for tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final

from injections.answers.measures import Measure
from injections.conditions.content import Allergy, ConditionOrMedicine
from pht_clinic.demo.stories.nhs_numbers import nhs_number_of
from pht_clinic.demo.stories.visits import InventedSeries, InventedVisit

AREA: Final = "ischial-tuberosity"


@dataclass(frozen=True)
class Earlier:
    """A steroid injection that the patient had somewhere else, so many days ago.

    `told` is how exactly they know: "day", or "month" alone. "boundary" is the day from which four months are over on
    a day of next week; `days_ago` is not looked at then.
    """

    site: str
    days_ago: int = 0
    told: str = "day"


@dataclass(frozen=True)
class Invented:
    """One patient.

    `answers` and `details` say where the questionnaire is remarkable; `answers` None means not asked yet.
    `allergies` and `conditions` are what no rule judges; `contact` is how they are reached and who else counts.
    `waits`: for an injection, on the waiting list, with a time on offer where `offered` says so.
    `past` names what was played of them (`stories/past.py`).
    `is_again`: somebody typed by slip once more, without a number; `serial` is that of the first record.
    """

    given_name: str
    family_name: str
    serial: int
    age_years: int
    earlier: tuple[Earlier, ...] = ()
    answers: Mapping[str, str] | None = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    visit: InventedVisit | None = None
    series: InventedSeries | None = None
    waits: bool = False
    offered: InventedVisit | None = None
    past: str = ""
    pathway: Mapping[str, Any] = field(default_factory=dict)
    allergies: tuple[Allergy, ...] = ()
    conditions: tuple[ConditionOrMedicine, ...] = ()
    contact: Mapping[str, Any] = field(default_factory=dict)
    is_again: bool = False

    @property
    def nhs_number(self) -> str:
        return nhs_number_of(self.serial)

    @property
    def email(self) -> str:
        """An address that leads nowhere."""
        return f"{self.given_name}.{self.family_name}@patient.example".lower()


GP = {
    "gp_name": "Dr Ines Faulk",
    "gp_practice": "Mill Lane Surgery",
    "gp_address": "1 Mill Lane\nLeeds LS1 1AA",
    "gp_email": "post@millane.example",
}
HOW_IT_IS = Measure(
    pain_sitting=6, pain_walking=3, pain_running=8, strength="weaker", goal="To run 5 km again", stage=2, stage_pain=3
)
"""What all of them say of the pain before their injection."""
REFERRED: Final = {
    "specialist_assessment": "yes",
    "physiotherapy": "completed",
    "response": "not-satisfactory",
    "indications": ["deep-buttock-pain", "sit-bone-tenderness"],
    "mild_and_improving": "no",
    "suspected_avulsion": "no",
}
"""What the letter says of those who have tried everything else."""
DIABETES = {"diabetes": "yes", "blood_thinner": "yes"}
CLASS = InventedVisit("Jo Lindgren", "exercise-class", 4, time(15, 30))
TOLD: Final = (
    Invented(
        "Hannah",
        "Whitlock",
        1,
        44,
        visit=InventedVisit("Dr Amara Osei", "injection", 5, time(9, 30)),
        contact={**GP, "address": "Flat 2\n7 Orchard Row\nLeeds LS2 2BB", "preferred_contact": "email"},
    ),
    Invented("Priya", "Raman", 3, 38, earlier=(Earlier("hamstring-origin", 35),)),
    Invented(
        "Tomasz",
        "Nowak",
        2,
        52,
        earlier=(Earlier("ischiogluteal-bursa", 100),),
        visit=InventedVisit("Dr Felix Brandt", "injection", 4, time(10, 0)),
        contact={"language": "Polish", "preferred_contact": "sms"},
    ),
    Invented("Freya", "Lindqvist", 17, 45, earlier=(Earlier("hamstring-origin", told="boundary"),)),
    # The month is over for 45 to 75 days: counted as its last day, three months are not.
    Invented(
        "Rowan",
        "Bellamy",
        18,
        58,
        earlier=(Earlier("ischiogluteal-bursa", 75, told="month"),),
        visit=InventedVisit(
            *("Dr Felix Brandt", "injection", 5, time(11, 30)),
            override_reason="It was early in that month, he says, and he walks his daughter down the aisle soon.",
        ),
    ),
    Invented("Ngozi", "Okonjo", 19, 51, earlier=(Earlier("trochanteric-bursa", 42),)),
    Invented("Olwen", "Marchetti", 20, 36, pathway={"physiotherapy": "none", "response": None}),
    Invented("Olivia", "Stern", 5, 35, answers={"fever": "yes"}),
    Invented(
        "Gareth",
        "Pugh",
        4,
        61,
        answers=DIABETES,
        details={"diabetes_poorly_controlled": "not-sure", "blood_thinner_kind": "warfarin"},
        visit=InventedVisit("Dr Amara Osei", "injection", 6, time(14, 0)),
        allergies=(Allergy(substance="Penicillin", reaction="Rash", since="1998", said_by="The patient"),),
        conditions=(
            ConditionOrMedicine(kind="condition", name="Glaucoma", since="2019", said_by="The GP’s letter"),
            ConditionOrMedicine(kind="medicine", name="Warfarin 3 mg", said_by="The GP’s letter"),
        ),
        contact={
            **GP,
            "address": "19 Station Road\nLeeds LS3 3CC",
            "preferred_contact": "letter",
            "needs": "Uses a wheelchair\nLetters in large print",
            "carer_name": "Carys Pugh",
            "carer_relation": "Daughter",
            "carer_phone": "07700 900814",
            "carer_may_speak": True,
        },
    ),
    Invented("Desmond", "Carrick", 21, 49, past="overridden"),
    Invented("Kasia", "Dunmore", 22, 31, past="missed"),
    Invented("Yara", "Sorensen", 23, 54, past="unreached"),
)
"""The twelve of `told.py`, in its order."""
BESIDES: Final = (
    # Booked, and has not answered the questions yet: the clinic waits for the answers.
    Invented(
        "Samuel", "Adeyemi", 6, 47, answers=None, visit=InventedVisit("Dr Amara Osei", "injection", 8, time(10, 30))
    ),
    # Physiotherapy, which an injection two days before would forbid.
    Invented("Lucy", "Fairbairn", 7, 29, visit=InventedVisit("Jo Lindgren", "physiotherapy", 3, time(11, 0))),
    # Reads German: mails and her own page are in it, marked for staff as not signed yet.
    Invented(
        "Greta",
        "Vogel",
        8,
        50,
        visit=InventedVisit("Dr Felix Brandt", "injection", 6, time(11, 0)),
        contact={"written_language": "de", "address": "3 Canal Walk\nLeeds LS4 4DD"},
    ),
    # A class of three, who go to it as one.
    Invented("Ewan", "Doyle", 10, 41, visit=CLASS),
    Invented("Noor", "Haddad", 12, 33, visit=CLASS),
    Invented("Beth", "Kowalska", 13, 57, visit=CLASS),
    # Six weeks of physiotherapy, booked at once.
    Invented("Callum", "Frostick", 16, 26, series=InventedSeries("Jo Lindgren", "physiotherapy", 8, time(10, 0), 6)),
    # Nothing stands in the way but that no time suited: one that became free is on offer to the first.
    Invented("Ines", "Abara", 15, 48, waits=True, offered=InventedVisit("Dr Amara Osei", "injection", 3, time(11, 20))),
    Invented("Tobias", "Wetherell", 32, 55, waits=True),
    # The first one once more, by another spelling: reported as one person, for a manager to decide.
    Invented("Hanna", "Whitlok", 1, 44, answers=None, is_again=True),
    # Injected on the clinic’s last day: what follows arrives as the clock moves on.
    Invented("Marek", "Ostrander", 24, 46, past="injected"),
    # Came, and went home without: not given, with the reason.
    Invented("Corin", "Faraday", 33, 37, past="not given"),
    # Put off until a day of this week: to be called back.
    Invented("Delia", "Penhallow", 25, 63, past="delayed"),
    # Who comes today.
    Invented("Ruben", "Castellane", 26, 39, past="today at 9"),
    Invented("Imogen", "Thackeray", 27, 66, past="today at 11"),
    Invented("Bashir", "Rahimi", 30, 42, past="today at 14"),
    Invented("Sunniva", "Aldous", 29, 28, past="today at 15"),
)
"""Those who fill the week beside them: whatever the desk has to show is there."""
PEOPLE: Final = (*TOLD, *BESIDES)
