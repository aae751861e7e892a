from django.db import migrations


class Migration(migrations.Migration):
    # apart from the one before, which keeps the trail locked
    dependencies = [("audit", "0007_months")]

    operations = [migrations.RunSQL("SELECT make_audit_months()", migrations.RunSQL.noop)]
