"""The files that a server is made with name what exists, and the units may do little to the machine."""

from __future__ import annotations

import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml
from django.core.management import get_commands

from pht_clinic.start.listed import ANY_OF, listed
from tests.documents.markdown import ROOT

RUNNING: Final = ROOT / "docs" / "running"
SERVICES: Final = sorted((RUNNING / "systemd").glob("*.service"))
PLACE: Final = "/opt/clinic/"
EXPOSED: Final = 2.0
"""The most of 10 that `systemd-analyze security` may give a unit; 10 is one without any bounds."""
ANALYZE: Final = shutil.which("systemd-analyze")
SETTINGS: Final = {"clinic.env", "owner.env", "retention.env"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the page's command has written."""
    folder = tmp_path_factory.mktemp("etc") / "clinic"
    assert prepare(folder).returncode == 0
    return folder


def prepare(folder: Path, address: str = "https://booking.clinic.example") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUNNING / "prepare.py"), str(folder), address]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def said(unit: Path, name: str) -> list[str]:
    """The values that a unit gives this name, in its order."""
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


def names_nothing_that_is_missing(command: list[str]) -> None:
    """A program of the environment, a command of manage.py, a file of this tree."""
    program, *rest = (word.removeprefix(PLACE).removeprefix(".venv/bin/") for word in command)
    assert (Path(sys.prefix) / "bin" / program).exists(), program
    if rest[:1] == ["manage.py"]:
        assert rest[1] in get_commands()
    for path in (word for one, word in zip(command[1:], rest, strict=True) if one.startswith(PLACE)):
        assert (ROOT / path).exists(), path


# -- The settings ----------------------------------------------------------------------------------------------------


def test_every_setting_has_its_line_but_those_that_stop_a_start(prepared: Path) -> None:
    lines = "".join(path.read_text(encoding="utf-8") for path in prepared.glob("*.env"))
    found = re.findall(r"^(?:#: )?([A-Z_]+)=", lines, re.MULTILINE)
    never = {ANY_OF, "ONLY_INVENTED_PATIENTS", "INSECURE_HTTP", "DEBUG", "CLOCK_OFFSET_FILE"}
    assert sorted(found) == sorted({name for one in listed() for name in one.names} - never)


def test_the_files_are_their_owners_alone(prepared: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in prepared.iterdir()}
    assert modes == dict.fromkeys([*SETTINGS, "roles.sql", "redis.conf"], 0o600)


def test_no_two_servers_have_a_key_or_a_password_in_common(prepared: Path, tmp_path: Path) -> None:
    assert prepare(tmp_path).returncode == 0
    ours, others = (set(re.findall(r"[\w-]{40,}", _all(one))) for one in (prepared, tmp_path))
    assert len(ours) == len(others) == 6
    assert not ours & others


def _all(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_a_folder_that_has_settings_is_left_as_it_is(prepared: Path) -> None:
    before = _all(prepared)
    again = prepare(prepared)
    assert (again.returncode, _all(prepared)) == (1, before)
    assert "nothing was written" in again.stderr


@pytest.mark.parametrize("address", ["http://clinic.example", "clinic.example", ""], ids=["plain", "bare", "none"])
def test_an_address_without_encryption_is_refused(tmp_path: Path, address: str) -> None:
    assert prepare(tmp_path, address).returncode != 0
    assert not list(tmp_path.iterdir())


# -- The units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_what_a_unit_names_exists(unit: Path) -> None:
    for command in said(unit, "ExecStart"):
        names_nothing_that_is_missing(shlex.split(command))
    assert {Path(one).name for one in said(unit, "EnvironmentFile")} <= SETTINGS
    page = said(unit, "Documentation")[0].removeprefix(f"file://{PLACE}")
    assert (ROOT / page).exists()


def test_each_process_gets_the_roles_that_it_needs_and_no_other() -> None:
    found = {unit.stem: [Path(one).stem for one in said(unit, "EnvironmentFile")] for unit in SERVICES}
    assert found == {
        "clinic-backup": ["clinic", "owner"],
        "clinic-beat": ["clinic"],
        "clinic-web": ["clinic"],
        "clinic-worker": ["clinic", "retention"],
    }


def test_each_process_may_write_where_all_of_them_count(prepared: Path) -> None:
    """With a METRICS_TOKEN the settings refuse a process that may not."""
    [folder] = re.findall(r'^METRICS_FOLDER="/var/lib/(.+)"$', (prepared / "clinic.env").read_text(), re.MULTILINE)
    assert [unit.stem for unit in SERVICES if folder not in said(unit, "StateDirectory")[0].split()] == []


def exposed(unit: Path) -> float:
    assert ANALYZE is not None
    told = subprocess.run(
        [ANALYZE, "security", "--offline=true", "--no-pager", str(unit)], capture_output=True, text=True, check=True
    ).stdout
    [figure] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", told)
    return float(figure)


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed here (Debian: apt install systemd)")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_may_do_little_to_the_machine(unit: Path, tmp_path: Path) -> None:
    """The control is the same unit with no bounds but its user."""
    bounds = re.compile(r"^(?:NoNew|Capab|Protect|Private|Restrict|System|Lock|Memory|Remove|Proc|UMask)\w*=.*\n", re.M)
    free = tmp_path / unit.name
    free.write_text(bounds.sub("", unit.read_text(encoding="utf-8")), encoding="utf-8")
    assert exposed(unit) <= EXPOSED < exposed(free)


# -- The image -------------------------------------------------------------------------------------------------------

CONTAINER: Final = RUNNING / "container"


def services() -> dict[str, dict[str, object]]:
    read: dict[str, dict[str, object]] = yaml.safe_load((CONTAINER / "compose.yaml").read_text(encoding="utf-8"))[
        "services"
    ]
    return read


def instructions() -> Iterator[tuple[str, list[str]]]:
    """Those of the Dockerfile, their words behind them."""
    text = (CONTAINER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest.split()


def test_what_the_image_takes_from_this_tree_is_here() -> None:
    taken = [
        word for name, words in instructions() if name == "COPY" and "--from" not in words[0] for word in words[:-1]
    ]
    assert {"manage.py", "pht_clinic", "scheduling", "injections", "requirements.txt"} <= set(taken)
    assert not [path for path in taken if not (ROOT / path).exists()]
    assert ("USER", ["clinic"]) in list(instructions())


def test_each_service_runs_what_exists_with_the_settings_that_it_needs() -> None:
    found = {}
    for name, service in services().items():
        if service["image"] == "pht-clinic":
            files = service["env_file"]
            assert isinstance(files, list)
            found[name] = [Path(one).stem for one in files]
            command = service.get("command", [])
            assert isinstance(command, list)
            if command[:1] == ["celery"]:
                names_nothing_that_is_missing(command)
            build = service["build"]
            assert isinstance(build, dict)
            context = (CONTAINER / build["context"]).resolve()
            assert context == ROOT.resolve()
            assert (context / build["dockerfile"]).exists()
    assert found == {
        "tables": ["clinic", "owner", "retention"],
        "web": ["clinic"],
        "worker": ["clinic", "retention"],
        "beat": ["clinic"],
    }


def test_no_service_names_a_setting_that_does_not_exist() -> None:
    known = {name for one in listed() for name in one.names}
    given = {
        name
        for service in services().values()
        if service["image"] == "pht-clinic" and isinstance(service["environment"], dict)
        for name in service["environment"]
    }
    assert given == {"REDIS_URL"}
    assert given <= known
