from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("roster", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="profile",
            field=models.JSONField(null=True),
        ),
    ]
