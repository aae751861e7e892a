from django.db import migrations, models


class Migration(migrations.Migration):
    """A user may hold a time before anybody says for whom. Every visit still has its patient."""

    dependencies = [("scheduling", "0019_series")]

    operations = [
        # past the model, to which every visit has its patient: its queries join it as always there
        migrations.RunSQL(
            "ALTER TABLE scheduling_appointment ALTER COLUMN patient_id DROP NOT NULL",
            "DELETE FROM scheduling_appointment WHERE patient_id IS NULL;"
            "ALTER TABLE scheduling_appointment ALTER COLUMN patient_id SET NOT NULL",
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("patient__isnull", False), ("held_by__isnull", False), _connector="OR"),
                name="appointment_of_a_patient",
            ),
        ),
    ]
