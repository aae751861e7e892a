"""The folder of one clinic: its settings in three files, by who may know them. Only their owner can read them.

`clinic.env` is for web, worker and beat, `retention.env` for the worker beside it, `owner.env` for `migrate` and
backups.
They are written so that systemd (EnvironmentFile=) and a shell (`set -a; . clinic.env`) read the same.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import environ

from pht_clinic.clinics.errors import ClinicsError

CLINIC, RETENTION, OWNER = "clinic.env", "retention.env", "owner.env"
_LINE: Final = re.compile(r"(?:export )?[A-Za-z_][A-Za-z_0-9]*=.*")
_UNFINISHED: Final = ".unfinished"


def read(path: Path) -> dict[str, str]:
    """The settings in one file: `NAME=value` a line, the value bare or in quotes. Raises: ClinicsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ClinicsError(f"{path} cannot be read.") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line and not line.startswith("#") and not _LINE.fullmatch(line):
            raise ClinicsError(f"{path}, line {number}, is no setting: NAME=value.")  # not what stands there: a secret

    found = dict[str, str]()

    class _Read(environ.Env):
        ENVIRON = found  # type: ignore[assignment]  # any mapping will do

    with path.open(encoding="utf-8") as file:
        _Read.read_env(file)
    return found


def read_clinic(folder: Path) -> dict[str, str]:
    """All settings of one clinic, as `migrate` needs them. Raises: ClinicsError."""
    return {name: value for file in (CLINIC, RETENTION, OWNER) for name, value in read(folder / file).items()}


def clinics_in(folder: Path) -> list[Path]:
    """The folders of the clinics, by name; what is being made, or was made half, is none. Raises: ClinicsError."""
    try:
        found = [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
    except OSError as error:
        raise ClinicsError(f"{folder} cannot be read ({error.strerror}).") from error
    return sorted(one for one in found if one.suffix != _UNFINISHED)


@contextmanager
def new_folder(folder: Path, files: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """Write the files beside `folder`; they take its place when the block ends well, else nothing is left of them.

    Raises: ClinicsError (there is such a folder, it cannot be written, a value cannot stand in such a file).
    """
    if folder.exists():
        raise ClinicsError(f"{folder} is there already.")
    texts = {name: _text(values) for name, values in files.items()}
    unfinished = folder.with_name(folder.name + _UNFINISHED)
    try:
        unfinished.mkdir(mode=0o700)
    except OSError as error:
        raise ClinicsError(f"{unfinished} cannot be made ({error.strerror}).") from error
    try:
        for name, text in texts.items():
            with os.fdopen(os.open(unfinished / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
        yield
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _text(values: Mapping[str, str]) -> str:
    return "".join(line_of(name, value) for name, value in values.items())


def line_of(name: str, value: str) -> str:
    """A setting as systemd and a shell read it alike. Raises: ClinicsError (what no line can hold)."""
    if not value.isprintable():
        raise ClinicsError(f"The value of {name} holds what cannot be printed.")
    quoted = re.sub(r'(["\\$`])', r"\\\1", value)
    return f'{name}="{quoted}"\n'
