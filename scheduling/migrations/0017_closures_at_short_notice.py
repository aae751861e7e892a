from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0016_classes")]

    operations = [
        migrations.AddField(
            model_name="closure", name="at_short_notice", field=models.BooleanField(db_default=False, default=False)
        )
    ]
