"""Apart from the filling: PostgreSQL alters no table with pending trigger events."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("keys", "0002_list_blocks")]

    operations = [
        migrations.AlterField(
            model_name="key",
            name="serial",
            field=models.PositiveBigIntegerField(),
        ),
        migrations.AddConstraint(
            model_name="key",
            constraint=models.UniqueConstraint(fields=["account", "region", "serial"], name="keys_key_serial"),
        ),
    ]
