"""Which injection of its visit a record is: there is one record of each, where there was one of a visit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("injections", "0021_several_injections_at_one_visit")]

    operations = [
        migrations.AddField(
            model_name="injection", name="number", field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.RemoveConstraint(model_name="injection", name="one_procedure_per_appointment"),
        migrations.AddConstraint(
            model_name="injection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("supersedes__isnull", True)),
                fields=("appointment", "number"),
                name="one_record_of_each_injection_of_a_visit",
            ),
        ),
        migrations.AddConstraint(
            model_name="injection",
            constraint=models.CheckConstraint(condition=models.Q(("number__lt", 3)), name="at_most_three_at_one_visit"),
        ),
    ]
