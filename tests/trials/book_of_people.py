"""Invented people as a clinic's book has them: names as frequent as they are, households, birthdays by age; and slips.

Given names follow 1 / (rank + 10), so that the first is borne by 3 in 100 of a sex; family names the same over 20,000,
the first borne by 1 in 80. One in three shares a household with another: a family name mostly, a phone often, an email
now and then. Phone numbers are of Ofcom's ranges for drama and of no range at all, emails of `.example`.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from scheduling.patients.short_forms import CALLED


def _listed(names: str) -> list[str]:
    return names.split()


MEN: Final = _listed(
    """
john david michael peter robert james paul william christopher richard andrew stephen mark kevin anthony thomas
brian martin alan george daniel ian simon colin graham keith kenneth philip gary steven jonathan charles matthew
raymond neil joseph edward roger derek trevor barry stuart nicholas terence ronald dennis frank patrick gareth
geoffrey norman adrian gordon leslie douglas nigel benjamin adam samuel donald alexander francis gerald roy craig
mohammed jeffrey darren harry shaun leonard eric maurice victor hugh ahmed sean wayne clive arthur albert jason leon
lee luke dean ali ryan malcolm howard oliver rhys callum duncan declan owen omar rajesh sanjay wei tomasz piotr
andrzej marek łukasz željko josé andré björn søren jürgen rené éamon seán pádraig iwan dafydd emyr huw
    """
)
WOMEN: Final = _listed(
    """
margaret susan patricia christine mary elizabeth jean linda sarah karen ann julie barbara helen jacqueline janet
dorothy carol jennifer joan pauline sandra maureen anne sheila deborah nicola catherine alison angela joyce emma
gillian amanda brenda claire lisa marion louise kathleen rebecca lesley eileen valerie diane laura irene victoria
rachel lynn caroline jane hazel tracey wendy michelle sharon samantha maria joanne rosemary doris hilary beryl
frances charlotte hannah heather lucy katherine teresa marjorie fiona anna sylvia veronica rita josephine alice rose
lorraine donna kelly natalie amy yvonne stephanie evelyn gemma fatima aisha priya mei ewa agnieszka zofia áine siân
chloé zoë éva ümit maría françoise siobhán niamh gráinne ffion carys bronwen rhiannon eluned delyth
    """
)
FAMILIES: Final = _listed(
    """
smith jones taylor brown williams wilson johnson davies robinson wright thompson evans walker white roberts green
hall wood jackson clarke patel khan lewis james phillips mason mitchell rose davis cox baker harrison murphy cooper
ward turner hill moore morris king watson harris morgan young allen hughes edwards martin scott lee carter parker
bennett shaw cook richardson bailey bell collins singh ali begum o'brien o'connor o'neill mcdonald campbell stewart
macleod ferguson żak núñez lefèvre kőszegi özil müller čačić prŷs smith-jones taylor-wood van-der-berg
    """
)
_ONSETS: Final = _listed(
    """
b br c ch cl d dr f fl g gr h j k kr l m n p pr r s sh st t th tr v w wh y z
    """
)
_VOWELS: Final = _listed(
    """
a e i o u ea ou ai oo
    """
)
_ENDS: Final = _listed(
    """
ton ley ford man son well worth ham by den wick ick ard er ell ett ings low ney sby stead mere croft
    """
)


OLDEST, YOUNGEST = date(1928, 1, 1), date(2008, 1, 1)


@dataclass(frozen=True)
class Invented:
    """Somebody of the book, or at the desk."""

    given_name: str
    family_name: str
    date_of_birth: date
    phone: str = ""
    email: str = ""


class Names:
    """Names by how frequent they are."""

    def __init__(self, rng: Random, families: int = 20_000) -> None:
        self._rng = rng
        known = dict.fromkeys(FAMILIES)
        while len(known) < families:
            known[self._made_up()] = None
        self._families, self._family_sums = list(known), _sums(families)
        self._given = {sex: (names, _sums(len(names))) for sex, names in enumerate((MEN, WOMEN))}

    def family(self) -> str:
        return _written(self._drawn(self._families, self._family_sums))

    def given(self) -> str:
        return _written(self._drawn(*self._given[self._rng.randrange(2)]))

    def _drawn(self, names: Sequence[str], sums: Sequence[float]) -> str:
        return names[bisect(sums, self._rng.random() * sums[-1], hi=len(sums) - 1)]

    def _made_up(self) -> str:
        pick = self._rng.choice
        middle = pick(_ONSETS) + pick(_VOWELS) if self._rng.random() < 0.5 else ""
        return pick(_ONSETS) + pick(_VOWELS) + middle + pick("lnrsmtd") + pick(_ENDS)


class Book:
    """People registered, and people who come to the desk."""

    def __init__(self, seed: int, size: int) -> None:
        self.rng = Random(seed)
        self.names = Names(self.rng)
        self._phones = 0
        self.people: list[Invented] = []
        while len(self.people) < size:
            self.people.append(self.new())

    def new(self) -> Invented:
        """Somebody who is not in the book: of nobody's household, or of that of somebody there."""
        if self.people and self.rng.random() < 0.2:
            return self._beside(self.rng.choice(self.people))
        given, family = self.names.given(), self.names.family()
        return Invented(given, family, self._born(), self._phone(), self._email(given, family))

    def _beside(self, other: Invented) -> Invented:
        """A partner, a child or a parent."""
        rng = self.rng
        family = other.family_name if rng.random() < 0.75 else self.names.family()
        years = rng.gauss(0, 4) if rng.random() < 0.6 else rng.choice((-1, 1)) * rng.gauss(29, 5)
        born = other.date_of_birth + timedelta(days=int(years * 365.25) or 200)
        if not OLDEST <= born <= YOUNGEST:
            born = self._born()
        given = self.names.given()
        phone = other.phone if rng.random() < 0.4 else self._phone()
        email = other.email if rng.random() < 0.06 else self._email(given, family)
        return Invented(given, family, born, phone, email)

    def _born(self) -> date:
        while True:
            born = date(2026, 3, 1) - timedelta(days=int(self.rng.gauss(54, 16) * 365.25))
            if OLDEST <= born <= YOUNGEST:
                return born

    def _phone(self) -> str:
        if self.rng.random() < 0.08:
            return ""
        self._phones += 1
        return f"+4477009{self.rng.randrange(10**5):05}" if self.rng.random() < 0.5 else f"+44199{self._phones:07}"

    def _email(self, given: str, family: str) -> str:
        if self.rng.random() < 0.2:
            return ""
        name = _bare(f"{given}.{family}{self.rng.randrange(1000)}").replace("'", "").lower()
        return f"{name}@mail{self.rng.randrange(20)}.example"


# -- Slips ----------------------------------------------------------------------------------------------------

Slip = Callable[[Invented, Book], Invented | None]
"""Makes one slip; None where there is nothing to slip on."""


def _accents(one: Invented, book: Book) -> Invented | None:
    bare = _bare(one.family_name), _bare(one.given_name)
    if bare != (one.family_name, one.given_name):
        return replace(one, family_name=bare[0], given_name=bare[1])
    at = next((at for at, letter in enumerate(one.family_name) if letter in "aeiou"), None)
    if at is None:
        return None
    name = one.family_name
    return replace(one, family_name=f"{name[:at]}{name[at]}\u0301{name[at + 1 :]}")


def _capitals(one: Invented, book: Book) -> Invented:
    return replace(one, given_name=one.given_name.upper(), family_name=one.family_name.lower())


def _hyphens(one: Invented, book: Book) -> Invented | None:
    name = one.family_name
    written = name.replace("'", book.rng.choice(("’", "", "ʼ"))).replace("-", book.rng.choice((" ", "")))
    return replace(one, family_name=written) if written != name else None


def _swapped(one: Invented, book: Book) -> Invented:
    return replace(one, given_name=one.family_name, family_name=one.given_name)


def _other_family(one: Invented, book: Book) -> Invented:
    return replace(one, family_name=book.names.family())


def _short_form(one: Invented, book: Book) -> Invented | None:
    called = sorted(CALLED.get(one.given_name.lower(), ()))
    return replace(one, given_name=book.rng.choice(called).capitalize()) if called else None


def _second_name(one: Invented, book: Book) -> Invented:
    return replace(one, given_name=f"{one.given_name} {book.names.given()}")


def _typo_in_given(one: Invented, book: Book) -> Invented | None:
    slipped = _typo(one.given_name, book.rng)
    return replace(one, given_name=slipped) if slipped else None


def _typo_in_family(one: Invented, book: Book) -> Invented | None:
    slipped = _typo(one.family_name, book.rng)
    return replace(one, family_name=slipped) if slipped else None


def _heard(one: Invented, book: Book) -> Invented | None:
    """Written as it sounds."""
    for said, written in (("ph", "f"), ("ck", "k"), ("y", "i"), ("ea", "ee"), ("ll", "l"), ("c", "k"), ("tt", "t")):
        if said in one.family_name[1:]:
            return replace(one, family_name=one.family_name[0] + one.family_name[1:].replace(said, written, 1))
    return None


def _look_alike(one: Invented, book: Book) -> Invented | None:
    """A letter of another keyboard."""
    cyrillic = str.maketrans("aeopcxy", "аеорсху")
    for at, letter in enumerate(one.family_name):
        if letter in "aeopcxy":
            name = one.family_name
            return replace(one, family_name=name[:at] + letter.translate(cyrillic) + name[at + 1 :])
    return None


def _day_and_month(one: Invented, book: Book) -> Invented | None:
    born = one.date_of_birth
    if born.day > 12 or born.day == born.month:
        return None
    return replace(one, date_of_birth=date(born.year, born.day, born.month))


def _digit(one: Invented, book: Book) -> Invented | None:
    digits = f"{one.date_of_birth:%d%m%Y}"
    at = book.rng.choice((0, 1, 2, 3, 6, 7))
    return _born(one, digits[:at] + str(book.rng.randrange(10)) + digits[at + 1 :])


def _two_digits(one: Invented, book: Book) -> Invented | None:
    digits = f"{one.date_of_birth:%d%m%Y}"
    at = book.rng.choice((0, 2, 5, 6))
    return _born(one, digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])


def _born(one: Invented, digits: str) -> Invented | None:
    try:
        born = date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None
    is_possible = born != one.date_of_birth and date(1900, 1, 1) < born < date(2026, 1, 1)
    return replace(one, date_of_birth=born) if is_possible else None


def _other_phone(one: Invented, book: Book) -> Invented | None:
    return replace(one, phone=f"+44198{book.rng.randrange(10**7):07}") if one.phone else None


def _no_phone(one: Invented, book: Book) -> Invented | None:
    return replace(one, phone="") if one.phone else None


def _other_email(one: Invented, book: Book) -> Invented | None:
    return replace(one, email=f"new{book.rng.randrange(10**6)}@mail.example") if one.email else None


SLIPS: Final[dict[str, Slip]] = {
    "accents": _accents,
    "capitals": _capitals,
    "apostrophe or hyphen": _hyphens,
    "given and family name swapped": _swapped,
    "another family name": _other_family,
    "short form": _short_form,
    "a second given name": _second_name,
    "typing slip in the given name": _typo_in_given,
    "typing slip in the family name": _typo_in_family,
    "written as it sounds": _heard,
    "a letter of another alphabet": _look_alike,
    "day and month swapped": _day_and_month,
    "one digit of the date of birth": _digit,
    "two digits of the date of birth swapped": _two_digits,
    "another phone": _other_phone,
    "no phone": _no_phone,
    "another email": _other_email,
}


def slipped(one: Invented, book: Book) -> tuple[Invented, list[str]]:
    """This person with 1 to 3 different slips, drawn evenly, and which."""
    wanted, made = book.rng.randint(1, 3), list[str]()
    for name in book.rng.sample(sorted(SLIPS), len(SLIPS)):
        if len(made) < wanted and (changed := SLIPS[name](one, book)):
            one, made = changed, [*made, name]
    return one, made


def _typo(name: str, rng: Random) -> str | None:
    if len(name) < 4:
        return None
    at = rng.randrange(1, len(name) - 1)
    kinds = (
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        name[:at] + name[at + 1 :],
        name[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + name[at + 1 :],
        name[:at] + name[at] + name[at:],
    )
    typed = rng.choice(kinds)
    return typed if typed != name else None


def _bare(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("ø", "o").replace("Ł", "L").replace("Ø", "O"))
    return "".join(one for one in apart if not unicodedata.combining(one))


def _written(name: str) -> str:
    return "-".join("'".join(part.capitalize() for part in one.split("'")) for one in name.split("-"))


def _sums(count: int) -> list[float]:
    return list(accumulate(1 / (rank + 10) for rank in range(count)))
