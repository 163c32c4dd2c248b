"""Each key gets a place in its account's list, oldest first, and the blocks count them."""

import django.db.models.deletion
from django.db import migrations, models

BLOCK_SIZE = 1000


def fill(apps, schema_editor):
    Key = apps.get_model("keys", "Key")
    ListBlock = apps.get_model("keys", "ListBlock")
    places = Key.objects.order_by().values_list("account_id", "region").distinct()
    for account_id, region in list(places):
        keys = Key.objects.filter(account_id=account_id, region=region)
        count = 0
        for key_id in keys.order_by("created_at", "id").values_list("id", flat=True).iterator():
            Key.objects.filter(id=key_id).update(serial=count)
            count += 1
        for number in range(count // BLOCK_SIZE + 1):
            there = min(BLOCK_SIZE, count - number * BLOCK_SIZE)
            ListBlock.objects.create(
                account_id=account_id,
                region=region,
                listed="keys",
                number=number,
                taken=there,
                filled=there,
            )


class Migration(migrations.Migration):

    dependencies = [
        ("iam", "0001_initial"),
        ("keys", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=32)),
                ("listed", models.CharField(max_length=16)),
                ("number", models.PositiveIntegerField()),
                ("taken", models.PositiveIntegerField(default=0)),
                ("filled", models.PositiveIntegerField(default=0)),
                ("account", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="iam.account")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["account", "region", "listed", "number"], name="keys_listblock_once"),
                    models.CheckConstraint(condition=models.Q(filled__lte=models.F("taken")), name="keys_listblock_counts"),
                ],
            },
        ),
        migrations.AddField(
            model_name="key",
            name="serial",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="key", name="keys_key_listing"),
    ]
