"""Makes its tables, 20 members of staff who work every day, a year of bookings, and a session of one who books.

`python -m bench.peers.appointment.prepare 200000` prints JSON.
"""

import datetime as dt
import json
import sys

from bench.peers.appointment.web import application

assert application

from django.conf import settings  # noqa: E402 - after Django is set up
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

STAFF = 20
_BOOKED = """
WITH asked AS (
    INSERT INTO appointment_appointmentrequest
           (date, start_time, end_time, payment_type, id_request, reschedule_attempts, created_at, updated_at,
            service_id, staff_member_id)
    SELECT current_date - 1 - n / (20 * %(staff)s), time '08:00' + n %% 20 * interval '30 minutes',
           time '08:30' + n %% 20 * interval '30 minutes', 'full', 'old' || n, 0, now(), now(),
           %(service)s, (SELECT min(id) FROM appointment_staffmember) + n / 20 %% %(staff)s
      FROM generate_series(0, %(visits)s - 1) n
    RETURNING id
)
INSERT INTO appointment_appointment
       (phone, address, want_reminder, additional_info, paid, amount_to_pay, id_request, created_at, updated_at,
        appointment_request_id, client_id)
SELECT '', '', false, '', false, 0, 'old' || id, now(), now(), id, %(client)s FROM asked
"""


def main(visits: int) -> None:
    """What the measurement needs to ask it: the session, the service and the staff by their numbers."""
    from appointment.models import Service, StaffMember, WorkingHours

    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    service = Service.objects.create(name="Injection", duration=dt.timedelta(minutes=30), price=0)
    staff = []
    for number in range(STAFF):
        user = User.objects.create_user(f"doctor{number}", f"doctor{number}@mail.example", is_staff=True)
        member = StaffMember.objects.create(user=user, slot_duration=30, work_on_saturday=True, work_on_sunday=True)
        member.services_offered.add(service)
        for weekday in range(7):
            WorkingHours.objects.create(
                staff_member=member, day_of_week=weekday, start_time=dt.time(8), end_time=dt.time(18)
            )
        staff.append(member.pk)
    desk = User.objects.create_superuser("desk", "desk@mail.example")
    client = User.objects.create_user("robin", "robin@mail.example", first_name="Robin", last_name="Number")
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, {"visits": visits, "staff": STAFF, "service": service.pk, "client": client.pk})
        cursor.execute("VACUUM ANALYZE")
    browser = Client()
    browser.force_login(desk)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    print(json.dumps({"session": session, "service": service.pk, "staff": staff}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
