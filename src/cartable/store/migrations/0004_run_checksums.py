from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("roster", "0003_ledgers"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="checksums",
            field=models.JSONField(null=True),
        ),
    ]
