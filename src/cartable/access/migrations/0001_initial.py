"""What API clients were given, and what they did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Client",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("client_id", models.TextField(unique=True)),
                ("secret_digest", models.TextField()),
                ("scopes", models.JSONField()),
                ("organisations", models.JSONField()),
                ("services", models.JSONField()),
                ("fields", models.JSONField()),
                ("rate", models.BigIntegerField()),
                ("author", models.TextField()),
                ("created", models.DateTimeField()),
                ("rotated", models.DateTimeField(null=True)),
                ("revoked", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked", None)), fields=("name",), name="access_client_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("client", models.BigIntegerField()),
                ("moment", models.DateTimeField()),
                ("action", models.TextField()),
                ("collection", models.TextField()),
                ("calls", models.BigIntegerField()),
                ("rows", models.BigIntegerField()),
                ("revision", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "moment"], name="access_entr_client_a48151_idx"),
                    models.Index(fields=["moment"], name="access_entr_moment_c97981_idx"),
                ],
            },
        ),
    ]
