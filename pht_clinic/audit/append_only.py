"""Rows that can be added and never changed: the base class, and which models use it.

Python refuses first, with a clear error. The guard is the database: the application's role holds no
UPDATE, DELETE or TRUNCATE on these tables (`grants.py`), so SQL is refused as well.
"""

from typing import Any, NoReturn, TypeVar

from django.apps import apps
from django.db import models

_M = TypeVar("_M", bound=models.Model, covariant=True)


class AppendOnlyError(TypeError):
    """Somebody tried to change or remove a row that may only be added: a mistake in the code."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(f"{model.__name__} rows are never changed or deleted; add a row that supersedes")


class AppendOnlyQuerySet(models.QuerySet[_M]):
    """A query set that reads and adds."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(self.model)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(self.model)

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(self.model)

    def delete(self) -> NoReturn:
        raise AppendOnlyError(self.model)

    def _update(self, values: Any) -> NoReturn:
        raise AppendOnlyError(self.model)

    def _raw_delete(self, using: str | None) -> NoReturn:
        raise AppendOnlyError(self.model)


class AppendOnlyModel(models.Model):
    """The base of every model whose rows are never edited in place.

    `Meta` of a subclass should inherit from `AppendOnlyModel.Meta`. Foreign keys that point to such a
    model want `on_delete=PROTECT`. A row cannot be locked with `select_for_update` by the application's
    role, because PostgreSQL asks for the UPDATE right; lock the patient or the appointment instead.
    """

    append_only = True

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(type(self))
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(type(self))


def append_only_tables() -> list[str]:
    """The tables of all append-only models, sorted; their many-to-many tables and the partitions that they always have
    included.
    """
    tables: set[str] = set()
    for model in apps.get_models():
        if getattr(model, "append_only", False):
            tables.update((model._meta.db_table, *getattr(model, "partitions", ())))
            throughs = (field.remote_field.through for field in model._meta.local_many_to_many)
            tables.update(through._meta.db_table for through in throughs if through is not None)
    return sorted(tables)
