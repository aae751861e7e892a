from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("injections", "0026_classes_of_several")]

    operations = [
        migrations.AlterField(
            model_name="call",
            name="why",
            field=models.CharField(
                choices=[
                    ("red-flag", "a red-flag answer"),
                    ("warning-sign", "a warning sign after an injection"),
                    ("complication", "a complication of an injection"),
                    ("undecided", "a visit cancelled because nobody decided in time"),
                    ("not-better", "not better some weeks after an injection"),
                    ("activity", "a plan too soon after an injection"),
                    ("not-back", "a visit that did not come back"),
                    ("silence", "no answer after an injection"),
                    ("next-day", "a call that was promised at an injection"),
                    ("to-be-moved", "a visit that has to be moved"),
                    ("not-answered", "no answer to a visit that was moved"),
                ],
                max_length=20,
            ),
        )
    ]
