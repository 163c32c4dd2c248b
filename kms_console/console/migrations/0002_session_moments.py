"""When a session began, and when it was last used."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("console", "0001_initial")]

    operations = [
        migrations.RenameField("session", "created_at", "began_at"),
        migrations.AddField("session", "seen_at", models.DateTimeField(null=True)),
    ]
