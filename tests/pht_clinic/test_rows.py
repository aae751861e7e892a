"""Rows that go out as JSON come back as what they were; what cannot is refused before the first row."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.models import Session
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Exists
from django.test.utils import CaptureQueriesContext, isolate_apps

from pht_clinic.audit.models import Entry
from pht_clinic.rows import (
    Compiled,
    are_any,
    fetch_all,
    fetch_each,
    from_columns,
    from_json,
    prepared,
    store,
    store_where_absent,
    together,
)
from scheduling.models import Appointment, Message, Room, VisitSeries
from tests.clinic import Clinic, local

pytestmark = pytest.mark.django_db

BY_TRIGGER = "stored_at"
"""What the database writes into an entry of the audit trail, whatever is sent."""
AT = datetime(2026, 3, 10, 9, 5, 7, 123456, tzinfo=UTC)
TYPED = "Zoë “x” \\ ' % %s\n; DROP TABLE scheduling_patient; -- 𝄞"


def visit(clinic: Clinic) -> Appointment:
    start, end = local("2026-03-10", "09:00"), local("2026-03-10", "09:20")
    return Appointment(
        patient=clinic.patient(),
        practitioner=clinic.practitioner,
        room=clinic.room,
        kind="follow-up",
        start_at=start,
        end_at=end,
        during=DateTimeTZRange(start, end),
        room_during=DateTimeTZRange(start, end + timedelta(minutes=5)),
        status="booked",
        note=TYPED,
        asked_at=AT,
    )


def entry(**values: object) -> Entry:
    return Entry(at=AT, actor_kind="system", actor_name=TYPED, verb="tried", **values)


def message(occasion: str = "revision:1", **values: object) -> Message:
    return Message(
        kind="confirmed",
        template="scheduling/mail/confirmed",
        subject="appointment:1",
        occasion=occasion,
        due_at=AT,
        expires_at=AT + timedelta(days=1),
        planned_at=AT,
        **values,
    )


def test_every_value_comes_back_as_it_was(clinic: Clinic) -> None:
    """Ranges, arrays, JSON, microseconds, wall times, null, and whatever people type."""
    one, told = visit(clinic), entry(patient_ids=[3, 2**62], detail={"said": [TYPED, 1.5, None, True]})
    said = message(uid=uuid4(), values={"note": TYPED})
    rule = {"kind": "physiotherapy", "from_on": AT.date(), "every_weeks": 1, "weekdays": [1], "count": 2}
    several = VisitSeries(**rule, at=time(0, 30), made_at=AT, by_name=TYPED)
    store(one, told, said, several)
    assert together(VisitSeries.objects.all())[0][0].at == time(0, 30)
    for row in (one, told, said, several):
        found = type(row).objects.get(pk=row.pk)
        fields = [field.attname for field in row._meta.concrete_fields if field.attname != BY_TRIGGER]
        assert {name: getattr(found, name) for name in fields} == {name: getattr(row, name) for name in fields}


def test_a_stored_row_is_changed_and_not_stored_again(clinic: Clinic) -> None:
    one = visit(clinic)
    store(one)
    one.note = "changed"
    one.save()
    assert [row.note for row in Appointment.objects.all()] == ["changed"]


def test_what_the_database_refuses_takes_what_came_along_with_it(clinic: Clinic) -> None:
    one = visit(clinic)
    one.kind = "x" * 31
    with pytest.raises(DataError), transaction.atomic():
        store(entry(), one)
    assert not Entry.objects.filter(verb="tried").exists()


def test_a_value_that_has_no_place_in_json_is_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        store(entry(detail={"dose": Decimal("40.0")}))


def test_of_two_rows_for_one_occasion_the_first_stands() -> None:
    store_where_absent([message(recipient="first@mail.example")])
    store_where_absent([message(recipient="second@mail.example"), message(occasion="revision:2")])
    assert sorted(Message.objects.values_list("occasion", "recipient")) == [
        ("revision:1", "first@mail.example"),
        ("revision:2", ""),
    ]


class Shouted(models.CharField):  # type: ignore[type-arg]
    """A field that converts, of the kind that somebody may add one day."""

    def from_db_value(self, value: str, *_: object) -> str:
        return value.upper()


def odd_model(field: Any) -> type[models.Model]:
    """A model with this field, known to nobody else."""
    with isolate_apps():
        meta = type("Meta", (), {"app_label": "scheduling"})
        return type("Odd", (models.Model,), {"__module__": __name__, "odd": field, "Meta": meta})


def computed(of: Any) -> Any:
    return models.GeneratedField(expression=models.Value(1), output_field=of, db_persist=True)


NO_RULE: dict[str, Callable[[], Any]] = {
    "a type that nobody stores yet": models.DurationField,
    "one that converts": lambda: Shouted(max_length=9),
    "an array of a type without a rule": lambda: ArrayField(models.DateField()),
    "JSON of its own dialect": lambda: models.JSONField(encoder=DjangoJSONEncoder),
    "a key that is no number": lambda: models.ForeignKey(Session, on_delete=models.CASCADE),
    "one computed of a type without a rule": lambda: computed(models.DurationField()),
}
FILLED_BY_OTHERS: dict[str, Callable[[], Any]] = {
    "a default of the database's": lambda: models.IntegerField(db_default=1),
    "the time of storing": lambda: models.DateTimeField(auto_now_add=True),
    "the time of saving": lambda: models.DateTimeField(auto_now=True),
    "a decimal": lambda: models.DecimalField(max_digits=5, decimal_places=1),
    "a computed one": lambda: computed(models.IntegerField()),
}


@pytest.mark.parametrize("field", (NO_RULE | FILLED_BY_OTHERS).values(), ids=(NO_RULE | FILLED_BY_OTHERS).keys())
def test_a_model_with_a_field_without_a_rule_is_not_stored(field: Callable[[], Any]) -> None:
    model = odd_model(field())
    with pytest.raises(TypeError, match="odd"):
        store(model())
    with pytest.raises(TypeError, match="odd"):
        store_where_absent([model()])


@pytest.mark.parametrize("field", NO_RULE.values(), ids=NO_RULE.keys())
def test_a_model_with_a_field_without_a_rule_is_not_read(field: Callable[[], Any]) -> None:
    """Neither from JSON nor from columns, and whatever value stands there."""
    model = odd_model(field())
    fields = tuple(model._meta.concrete_fields)
    with pytest.raises(TypeError, match="odd"):
        from_json(model, {field.column: None for field in fields})
    with pytest.raises(TypeError, match="odd"):
        from_columns(model, fields, [None] * len(fields))


def test_a_range_of_other_bounds_is_refused(clinic: Clinic) -> None:
    one = visit(clinic)
    one.during = DateTimeTZRange(one.start_at, one.end_at, "[]")
    with pytest.raises(TypeError, match="Range"):
        store(one)


def test_json_comes_back_from_columns_as_values(clinic: Clinic) -> None:
    store(message(values={"note": TYPED}))
    fields = tuple(Message._meta.concrete_fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    [stored] = fetch_all(f"SELECT {columns} FROM scheduling_message WHERE occasion = %s", ["revision:1"])  # noqa: S608 - columns of the test
    assert from_columns(Message, fields, stored).values == {"note": TYPED}


def test_rows_of_several_tables_come_back_together_as_they_were(clinic: Clinic) -> None:
    """In the order asked for, none as well as many; whatever is asked for goes beside the statement."""
    store(message(occasion="revision:2", values={"note": TYPED}, uid=uuid4()), message(recipient=TYPED))
    told = Message.objects.filter(recipient__in=["", TYPED]).order_by("occasion")
    messages, rooms, nobody = together(told, Room.objects.all(), Appointment.objects.filter(note=TYPED))
    assert (rooms, nobody) == (list(Room.objects.all()), [])
    fields = [field.attname for field in Message._meta.concrete_fields]
    assert [[getattr(row, name) for name in fields] for row in messages] == [
        [getattr(row, name) for name in fields] for row in told
    ]


def test_several_statements_in_one_round_trip_keep_their_order_and_see_each_other(clinic: Clinic) -> None:
    room = clinic.room.pk
    with CaptureQueriesContext(connection) as seen:
        found = fetch_each(
            ("SELECT name FROM scheduling_room WHERE id = %s", [room]),
            ("UPDATE scheduling_room SET name = %s WHERE id = ANY(%s) RETURNING id", [TYPED, [room]]),
            ("SELECT name FROM scheduling_room WHERE id = %s", [room]),
            ("SELECT id FROM scheduling_room WHERE id = %s", [0]),
        )
    assert found == [[("Ultrasound 1",)], [(room,)], [(TYPED,)], []]
    assert len(seen) == 1


@pytest.mark.parametrize(("is_behind", "count"), [(False, 1), (True, 0)], ids=["by itself", "behind a pooler"])
def test_the_server_keeps_a_plan_only_where_the_connection_stays_ours(
    settings: Any, is_behind: bool, count: int
) -> None:
    settings.DATABASE_BEHIND_POOLER = is_behind
    connection.ensure_connection()
    connection.connection.prepare_threshold = None  # as Django opens it
    for number in range(3):
        assert prepared(f"SELECT %s::int + {count}", [number]).fetchone() == (number + count,)
    kept = "SELECT 1 FROM pg_prepared_statements WHERE statement = %s"
    assert len(fetch_all(kept, [f"SELECT $1::int + {count}"])) == count


def test_a_query_set_put_together_once_finds_what_it_would_find_anew(clinic: Clinic) -> None:
    """With other values each time, whatever their order in the statement; and whether it finds anything."""
    one = visit(clinic)
    store(one)
    asked = Compiled(
        lambda at, room_id: Appointment.objects.filter(Exists(Room.objects.filter(pk=room_id)), start_at__gt=at),
        datetime,
        int,
    )
    room, before = clinic.room.pk, one.start_at - timedelta(microseconds=1)
    with CaptureQueriesContext(connection) as seen:
        assert [found.note for found in asked(before, room)] == [TYPED]
        assert (asked(one.start_at, room), asked(before, 0)) == ([], [])
        nothing = (asked, [one.start_at, room])
        assert (are_any(nothing, (asked, [before, room])), are_any(nothing, nothing)) == (True, False)
    assert len(seen) == 5


def test_a_query_set_that_leaves_a_value_out_is_not_put_together() -> None:
    with pytest.raises(TypeError, match="each of its values"):
        Compiled(lambda room_id, other: Room.objects.filter(pk=room_id, name="x"), int, int)(1, 2)
