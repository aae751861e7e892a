"""Every setting in force, where it came from and since when, for managers. Nothing secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pht_clinic.clinic_words import SETTING_OF
from pht_clinic.start.listed import TOPICS, InForce, in_force
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.clinic.details.since import seen_last
from scheduling.messages.wording.clinic_versions import versions
from scheduling.models import ClinicVersion, SettingSeen

EDITED, GIVEN, DEFAULT = "Edited here", "Environment", "Default"
_FIELD_OF = {name: field for field, name in SETTING_OF.items()}


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A line of the page. `since` is None where no start of a web server has noted it yet; `by` who edited it."""

    setting: InForce
    value: str
    source: str
    since: datetime | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class ShownTopic:
    """Settings about one thing; `name` is where they stand on the page."""

    name: str
    title: str
    rows: list[ShownSetting]


@permitted("read-settings")
def settings_page(request: HttpRequest) -> HttpResponse:
    """The list of docs/settings.md with what this process has, by what each is about."""
    rows = list(_rows(versions(), seen_last()))
    about = [(name, title, [row for row in rows if row.setting.listed.topic == name]) for name, title in TOPICS.items()]
    context = {"topics": [ShownTopic(*one) for one in about if one[2]], "edited": EDITED, "version": settings.VERSION}
    return page(request, "scheduling/clinic/details/settings.html", context)


def _rows(edits: list[ClinicVersion], seen: dict[str, SettingSeen]) -> Iterator[ShownSetting]:
    for setting in in_force():
        field = _FIELD_OF.get(setting.name)
        if edits and field:
            first = _first_that_says(edits, field)
            yield ShownSetting(setting, getattr(first, field), EDITED, first.at, first.by_name)
        else:
            noted = seen.get(setting.name)
            since = noted.at if noted and noted.value == setting.value else None
            yield ShownSetting(setting, setting.value, DEFAULT if setting.is_default else GIVEN, since)


def _first_that_says(edits: list[ClinicVersion], field: str) -> ClinicVersion:
    """Since which version the field has been what it is; the one in force stands first."""
    found = edits[0]
    for edit in edits:
        if getattr(edit, field) != getattr(found, field):
            break
        found = edit
    return found
