"""SEC10: nothing in an exported file is run by whatever opens it, and no name of a file holds what somebody typed.

Every CSV is read by comma, semicolon, tab and bar, with quotation marks and without: no cell begins a formula. The
control leaves texts as they are. A module that makes a file and stands in no row of FILES fails.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
from django.urls import reverse

from injections.doors.records.leaving.ask import texts
from injections.doors.records.leaving.kinds import types
from injections.doors.records.leaving.wanted import WantedRecords
from injections.models import ClinicalLetter, Note
from injections.statistics import STATISTICS
from pht_clinic.audit.record import record
from pht_clinic.web import csv_export, exports
from pht_clinic.web.tasks import write_exports
from scheduling.messages import render
from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import NOW, Clinic
from tests.conftest import ClockOffset
from tests.injections.statistics.test_statistics import booked, give
from tests.trials.test_sec01_access import browser_of, fill

pytestmark = pytest.mark.django_db
ROOT: Final = Path(__file__).parents[2]
MAKES_A_FILE: Final = re.compile(
    r"Content-Disposition|text/csv|text/calendar|application/pdf|csv_(file|text|rows)\(|(as_attachment|pdf_file)\("
    r"|^import csv|Enclosure\(|FileResponse\(",
    re.M,
)
FILES: Final = {
    "pht_clinic/web/csv_export.py": "the hand that writes every CSV",
    "pht_clinic/web/exports.py": "CSV in the background, by that hand",
    "scheduling/audit/export_pages.py": "audit.csv",
    "injections/statistics/pages.py": "CSV of each statistic",
    "injections/statistics/api.py": "the same",
    "pht_clinic/web/pdf_files.py": "the hand that names a PDF which is shown",
    "injections/letters/pages.py": "letter-7.pdf",
    "injections/letters/colleagues.py": "letter.pdf of a mail",
    "injections/patient_link/letter_pages.py": "letter.pdf",
    "injections/procedure/report/api.py": "report-7.pdf",
    "injections/patient/keeping/pages.py": "record-7.json and record-7.pdf",
    "injections/doors/records/leaving/pages.py": "records-2026-03-02.csv and .jsonl, record-7.jsonl",
    "injections/doors/records/leaving/written.py": "one table of records as CSV, by that hand",
    "scheduling/messages/undelivered/paper_pages.py": "letters-2026-03-02.pdf",
    "injections/patient_link/pages.py": "appointment.ics",
    "scheduling/messages/sending/mailer.py": "appointment.ics of a mail, and what colleagues.py encloses",
    "scheduling/messages/kinds.py": "what an enclosure is",
    "scheduling/clinic/feed_api.py": "a feed: it has no name",
    "pht_clinic/web/csv_reading.py": "none: it reads CSV",
    "injections/doors/records/coming/report.py": "the rows of import-7.csv, by the hand that writes every CSV",
    "injections/doors/records/coming/pages.py": "import-7.csv",
    "injections/doors/records/coming/forms.py": "none: which files may be chosen",
}
NAME: Final = re.compile(r"[a-z]+(-[a-z]+)*(-\d+)*\.(csv|pdf|ics)")
NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
RUN: Final = 'HYPERLINK("http://clinic.example","x")'
PAYLOADS: Final = (
    *(f"{sign}{RUN}" for sign in "=+-@＝＋－＠"),
    *(f"{blank}={RUN}" for blank in (" ", "\t", "\r", "\n", "\r\n", "\u00a0", '"', '" "')),
    *(f"pain{separator}={RUN}" for separator in (",", ";", "\t", "|", "\n", "\r\n", "; ", ';"', '; "', ',"', '\t"')),
    f'"pain";"={RUN}"',
    f"pain;{RUN};-2+3+cmd|' /C calc'!A0",
    "\tpain",
    "\rpain",
)


def readings(text: str) -> Iterator[tuple[str, str]]:
    """Every cell by every way to read the file, with that way."""
    for separator in ",;\t|":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            lines = io.StringIO(text.removeprefix(csv_export.BYTE_ORDER_MARK), newline="")
            for row in csv.reader(lines, delimiter=separator, quoting=quoting):
                yield from ((f"{separator!r} {quoting}", cell) for cell in row)
    # as where several separators are ticked and quotation marks mean nothing
    yield from (("any", cell) for cell in re.split(r"[,;\t|\r\n]", text.removeprefix(csv_export.BYTE_ORDER_MARK)))


def live(text: str) -> list[tuple[str, str]]:
    """The cells that a spreadsheet would run, or that begin with what it does not show."""
    return [(how, cell) for how, cell in readings(text) if is_live(cell)]


def is_live(cell: str) -> bool:
    bare = cell.lstrip('\ufeff"\u00a0 \t\r\n')
    return bool(re.match("[-=+@＝＋－＠]", bare)) and not NUMBER.fullmatch(bare)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    assert NAME.fullmatch(name_of(response)), name_of(response)
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    assert raw.startswith(b"\xef\xbb\xbf"), "without the mark a spreadsheet spoils every letter that is not English"
    return str(raw.decode())


def name_of(response: Any) -> str:
    return response.headers["Content-Disposition"].partition('filename="')[2].removesuffix('"')


def spoilt(clinic: Clinic) -> None:
    """Names and texts that are formulas, past every form: as they may have been stored by an earlier version."""
    clinic.practitioner.name = PAYLOADS[0]
    clinic.practitioner.save()
    clinic.users["manager"].name = PAYLOADS[-4]
    clinic.users["manager"].save()
    patient = Patient.objects.earliest("pk")
    Patient.objects.filter(pk=patient.pk).update(needs=PAYLOADS[0], gp_name=PAYLOADS[1], former_names=PAYLOADS[2:4])
    for payload in PAYLOADS:
        Note.objects.create(patient=patient, text=payload, recorded_at=NOW)
        record("tried", by=clinic.manager, now=NOW, subject=payload[:60], detail={"note": payload, payload: "x"})


def every_csv(clinic: Clinic) -> Iterator[str]:
    """The trail at once and in steps, each statistic by its page and by the API, records by the page and each table."""
    manager = browser_of(clinic.users["manager"])
    yield text_of(manager.post("/audit/export/", {}))
    with mock.patch.multiple(exports, STEP_ROWS=10, AT_ONCE_ROWS=5):
        assert manager.post("/audit/export/", {}).status_code == 302
        write_exports()
        yield text_of(manager.get("/audit/export/file/"))
    for name in STATISTICS:
        for address in (reverse("statistic-file", args=[name]), f"/api/v1/statistics/{name}/?format=csv"):
            joint = "&" if "?" in address else "?"
            yield text_of(manager.get(f"{address}{joint}from=2026-03-02&to=2026-04-26"))
    assert manager.post(reverse("clinic-export"), {"form": "csv", "type": "patient"}).status_code == 302
    write_exports()
    yield text_of(manager.get(reverse("clinic-export-file")))
    for name in types():
        yield "".join(texts(WantedRecords.now(form="csv", type_=name, now=NOW)))


@pytest.fixture
def clinic(db: None, clock_offset: ClockOffset) -> Clinic:
    from tests.clinic import open_clinic

    world = World(open_clinic(), clock_offset)
    world.at(NOW)
    give(world.clinic, booked(world.clinic, "Ash", "2026-03-10"))
    spoilt(world.clinic)
    return world.clinic


def test_sec10_no_cell_is_live_however_a_file_is_read(clinic: Clinic) -> None:
    files = list(every_csv(clinic))
    found = [one for text in files for one in live(text)]
    print(
        f"SEC10: {len(files)} files, {sum(1 for text in files for _ in readings(text))} cells read, {len(found)} live"
    )
    assert found == []
    assert sum(RUN in text.replace('""', '"') for text in files) >= 4, "the payloads have to be in them"


def test_sec10_control_texts_as_they_are_are_live(clinic: Clinic) -> None:
    with mock.patch.object(csv_export, "cell", str):
        found = [one for text in every_csv(clinic) for one in live(text)]
    print(f"SEC10: {len(found)} live without the guard")
    assert {how for how, _ in found} >= {f"{separator!r} {csv.QUOTE_MINIMAL}" for separator in ",;\t|"}


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_sec10_each_payload_is_text_in_any_cell(payload: str) -> None:
    """First, last or between, beside a number below nought, which stays one."""
    text = csv_export.csv_text(["a", "b", "c"], [[payload, 1, "x"], ["x", payload, -2.5], [1, "x", payload]])
    assert live(text) == []
    assert ",-2.5\r\n" in text
    with mock.patch.object(csv_export, "cell", str):
        unguarded = csv_export.csv_text(["a", "b", "c"], [[payload, 1, "x"], ["x", payload, -2.5], [1, "x", payload]])
    assert live(unguarded) or payload in ("\tpain", "\rpain")


def test_sec10_what_makes_a_file_stands_in_the_table() -> None:
    tops = (ROOT / top for top in ("pht_clinic", "scheduling", "injections"))
    modules = {path: path.relative_to(ROOT).as_posix() for top in tops for path in top.rglob("*.py")}
    makers = {name for path, name in modules.items() if MAKES_A_FILE.search(path.read_text(encoding="utf-8"))}
    assert {name for name in makers if not name.startswith("pht_clinic/demo/")} == set(FILES)


def test_sec10_one_hand_writes_every_csv() -> None:
    """So that the guard of a cell is the guard of all of them."""
    found = [
        path.relative_to(ROOT).as_posix()
        for top in ("pht_clinic", "scheduling", "injections")
        for path in (ROOT / top).rglob("*.py")
        if re.search(r"^(import csv|from csv)|csv\.writer", path.read_text(encoding="utf-8"), re.M)
    ]
    assert sorted(found) == ["pht_clinic/web/csv_export.py", "pht_clinic/web/csv_reading.py"]
    reads = (ROOT / "pht_clinic/web/csv_reading.py").read_text(encoding="utf-8")
    assert not re.search(r"[Ww]riter|writerow", reads), "it reads, and writes none"


def test_sec10_pdfs_and_calendar_files_run_nothing_and_say_nothing_in_their_names(
    db: None, clock_offset: ClockOffset, settings: Any
) -> None:
    from tests.clinic import open_clinic

    world = fill(World(open_clinic(), clock_offset))
    clinic = world.clinic
    clinic.practitioner.name = PAYLOADS[0]
    clinic.practitioner.save()
    client = browser_of(clinic.users["reception"])
    letter = ClinicalLetter.objects.get()
    visit = booked(clinic, "Ash", "2026-03-10", "15:00")
    settings.CLINIC_NAME = f"Clinic\n{PAYLOADS[0]}"
    calendar = render.calendar_file(visit, now=clinic.now)
    give(clinic, visit)
    for address in (
        reverse("letter-file", args=[letter.pk]),
        reverse("api-appointment-procedure-report", args=[visit.pk]),
    ):
        response = client.get(address)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf"), address
        assert NAME.fullmatch(name_of(response)), name_of(response)
        assert re.search(rb"/(JavaScript|JS|OpenAction|AA|Launch)\b", response.content) is None
    assert RUN.partition("(")[0] in calendar.replace("\r\n ", "")
    assert [line for line in calendar.splitlines() if re.match("[-=+@]", line)] == []
