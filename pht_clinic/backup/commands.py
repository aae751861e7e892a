"""What the three commands share: where backups are kept, and one plain sentence for what goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError

from pht_clinic.backup.errors import BackupError


@contextmanager
def plainly() -> Iterator[None]:
    """What goes wrong in the block ends the command with a sentence. Raises: CommandError."""
    try:
        yield
    except BackupError as error:
        raise CommandError(str(error)) from error
    except DatabaseError as error:
        raise CommandError(f"The database does not do it: {str(error).splitlines()[0]}") from error


def chosen_folder(named: Path | None) -> Path:
    """The folder named, else the clinic's. Raises: BackupError (there is neither)."""
    if named is None and not settings.BACKUP_FOLDER:
        raise BackupError("Name a folder, or set BACKUP_FOLDER.")
    return named or Path(settings.BACKUP_FOLDER)
