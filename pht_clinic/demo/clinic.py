"""A clinic to look around in: its people, rooms, drugs and weekly schedules. Everybody in it is invented.

What is there already stays as it is, so that every start may call `fill`.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

from pht_clinic import clock
from pht_clinic.demo import settings
from pht_clinic.demo.noted import note_opened
from pht_clinic.demo.running import DemoError
from pht_clinic.demo.stories import drugs
from pht_clinic.demo.stories.register import register_all
from pht_clinic.people.models import User
from pht_clinic.people.passwords import new_password
from pht_clinic.people.roles import MANAGER, RADIOLOGIST, RECEPTION
from scheduling.models import Practitioner, Room, Schedule
from scheduling.patients.identity_checks import NumberTaken


@dataclass(frozen=True)
class Persona:
    """Somebody who signs in."""

    email: str
    role: str
    name: str


PERSONAS = (
    Persona("reception@clinic.example", RECEPTION, "Robin Ellis"),
    Persona("radiologist@clinic.example", RADIOLOGIST, "Dr Amara Osei"),
    # Nobody decides on what they asked for themselves: a second radiologist makes that visible.
    Persona("radiologist2@clinic.example", RADIOLOGIST, "Dr Felix Brandt"),
    Persona("manager@clinic.example", MANAGER, "Mina Patel"),
)

EARLIER = "The people here are those of an earlier demo; `make demo-reset` starts over."
NOT_KNOWN = "(the password it was given)"
ROOMS = {"Ultrasound 1": True, "Ultrasound 2": True, "Therapy room": False}
MORNING, AFTERNOON = (time(9), time(12, 30)), (time(13, 30), time(17))


@dataclass(frozen=True)
class Position:
    """Who works where on which days, and which visits they take; `email` of the persona, if they sign in."""

    name: str
    email: str
    kinds: tuple[str, ...]
    room: str
    weekdays: tuple[int, ...]


INJECTOR = ("injection", "scan-and-injection", "follow-up")
POSTS = (
    Position("Dr Amara Osei", "radiologist@clinic.example", INJECTOR, "Ultrasound 1", (0, 1, 2, 3)),
    Position("Dr Felix Brandt", "radiologist2@clinic.example", INJECTOR, "Ultrasound 2", (1, 2, 3, 4)),
    Position("Dr Lena Hoff", "", INJECTOR, "Ultrasound 1", (4,)),
    Position("Jo Lindgren", "", ("physiotherapy", "exercise-class", "follow-up"), "Therapy room", (0, 1, 2)),
    Position("Sam Okafor", "", ("physiotherapy", "exercise-class", "follow-up"), "Therapy room", (3, 4)),
)


def fill(var: Path) -> None:
    """Make what is missing; sign-ins made here are kept in `var/sign-ins.json`, for their owner's eyes.

    Raises: DemoError (the database belongs to somebody else, or to a demo with other people).
    """
    emails = [persona.email for persona in PERSONAS]
    if User.objects.exists() and not User.objects.filter(email__in=emails).exists():
        raise DemoError("This database holds people who are not the demo's; give the demo one of its own.")
    now = clock.now()
    _make_personas(var)
    _make_posts(clock.local_date(now))
    drugs.list_drugs(now=now)
    try:
        register_all(now=now)
    except NumberTaken as error:
        raise DemoError(EARLIER) from error
    note_opened(var, clock.now())


def _make_personas(var: Path) -> None:
    """With the password that is kept of them, if any: who starts over is not locked out."""
    kept = settings.read_private(var / "sign-ins.json")
    known = {email: password for email, password in kept.items() if password != NOT_KNOWN}
    sign_ins = {}
    for persona in PERSONAS:
        if User.objects.filter(email=persona.email).exists():
            sign_ins[persona.email] = known.get(persona.email, NOT_KNOWN)
            continue
        sign_ins[persona.email] = known.get(persona.email) or new_password()
        User.objects.create_user(
            persona.email,
            sign_ins[persona.email],
            role=persona.role,
            name=persona.name,
            is_staff=persona.role == MANAGER,
        )
    settings.write_private(var / "sign-ins.json", sign_ins)


def _make_posts(today: date) -> None:
    for name, has_ultrasound in ROOMS.items():
        Room.objects.get_or_create(name=name, defaults={"has_ultrasound": has_ultrasound})
    for post in POSTS:
        user = User.objects.filter(email=post.email).first()
        fields = {"kinds": list(post.kinds), "user": user}
        practitioner, is_new = Practitioner.objects.get_or_create(name=post.name, defaults=fields)
        if is_new:
            Schedule.objects.bulk_create(_schedules(post, practitioner, today))


def _schedules(post: Position, practitioner: Practitioner, today: date) -> list[Schedule]:
    """A year of weeks before this one and a year of them from it on, mornings and afternoons."""
    monday = today - timedelta(days=today.weekday())
    room = Room.objects.get(name=post.room)
    return [
        Schedule(
            practitioner=practitioner,
            room=room,
            weekday=weekday,
            opens=opens,
            closes=closes,
            valid_from=monday - timedelta(weeks=54),
            valid_to=monday + timedelta(weeks=53),
        )
        for weekday in post.weekdays
        for opens, closes in (MORNING, AFTERNOON)
    ]
