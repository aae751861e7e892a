from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0017_closures_at_short_notice")]

    operations = [
        migrations.AddField(model_name="appointment", name="decide_by", field=models.DateTimeField(null=True))
    ]
