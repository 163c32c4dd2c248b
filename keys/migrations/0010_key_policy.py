from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("keys", "0003_serial_is_set")]

    operations = [
        migrations.AddField(
            model_name="key",
            name="policy",
            field=models.TextField(blank=True, default=""),
        ),
    ]
