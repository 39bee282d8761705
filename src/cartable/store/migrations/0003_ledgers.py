"""Lines, salts, records that stay themselves when their key changes, and what people decided."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from cartable.store.columns import new_salt

# Model, table, key columns, name of the new index.
_HISTORIES = (
    ("academicsessions", "academic_sessions", ("sourced_id",), "roster_acad_record_7f4ced_idx"),
    ("classes", "classes", ("sourced_id",), "roster_clas_record_5a3898_idx"),
    ("courses", "courses", ("sourced_id",), "roster_cour_record_2e1aac_idx"),
    ("demographics", "demographics", ("user_sourced_id",), "roster_demo_record_2b1742_idx"),
    (
        "enrollments",
        "enrollments",
        ("class_sourced_id", "user_sourced_id", "role"),
        "roster_enro_record_4136c4_idx",
    ),
    ("orgs", "orgs", ("sourced_id",), "roster_orgs_record_192b37_idx"),
    (
        "relationships",
        "relationships",
        ("user_sourced_id", "relationship_user_sourced_id"),
        "roster_rela_record_16efa9_idx",
    ),
    (
        "roles",
        "roles",
        ("user_sourced_id", "org_sourced_id", "role", "session_sourced_id"),
        "roster_role_record_0cbb18_idx",
    ),
    ("userflags", "user_flags", ("user_sourced_id", "flag"), "roster_user_record_049073_idx"),
    ("users", "users", ("sourced_id",), "roster_user_record_a641e7_idx"),
)


def _said_of_records() -> list[Operation]:
    operations: list[Operation] = []
    for model, table, key, index in _HISTORIES:
        current, history = f"roster_{table}", f"roster_{table}_history"
        same = " and ".join(f"c.{name} = {history}.{name}" for name in ("source", *key))
        for name in (model, f"{model}history"):
            operations += [
                migrations.AddField(name, "line", models.BigIntegerField(null=True)),
                migrations.AddField(name, "salt", models.BigIntegerField(default=0)),
            ]
        operations += [
            migrations.AddField(f"{model}history", "record", models.BigIntegerField(null=True)),
            # Until now no record could change its key.
            migrations.RunSQL(
                f"update {history} set record = (select c.id from {current} c where {same})",
                migrations.RunSQL.noop,
            ),
            migrations.AlterField(f"{model}history", "record", models.BigIntegerField()),
            migrations.AddIndex(f"{model}history", models.Index(fields=["record"], name=index)),
        ]
    return operations


class Migration(migrations.Migration):
    dependencies = [
        ("roster", "0002_run_profile"),
    ]

    operations = [
        *_said_of_records(),
        migrations.AddIndex(
            "enrollments", models.Index(fields=["user_sourced_id"], name="roster_enro_user_so_7a17a9_idx")
        ),
        migrations.AddIndex(
            "relationships",
            models.Index(fields=["relationship_user_sourced_id"], name="roster_rela_relatio_983a9f_idx"),
        ),
        migrations.AddField("installation", "key", models.TextField(default="")),
        migrations.AddField("run", "actor", models.TextField(default="")),
        migrations.AddField("run", "undoes", models.BigIntegerField(null=True)),
        migrations.AddField("run", "quarantined", models.JSONField(default=dict)),
        migrations.AddField("run", "raised", models.JSONField(default=list)),
        migrations.AddField("run", "salt", models.BigIntegerField(default=new_salt)),
        migrations.AddField("runfinding", "salt", models.BigIntegerField(default=new_salt)),
        migrations.CreateModel(
            "Kept",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run", models.BigIntegerField()),
                ("entity", models.TextField()),
                ("key", models.TextField()),
                ("reason", models.TextField()),
                ("code", models.TextField(default="")),
                ("file", models.TextField(default="")),
                ("line", models.BigIntegerField(null=True)),
                ("keep", models.BigIntegerField(null=True)),
                ("why", models.TextField(default="")),
                ("salt", models.BigIntegerField(default=new_salt)),
            ],
            {
                "indexes": (
                    models.Index(fields=("run",), name="roster_kept_run_0ec747_idx"),
                    models.Index(fields=("entity", "key"), name="roster_kept_entity_b52d81_idx"),
                )
            },
        ),
        migrations.CreateModel(
            "Pinned",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run", models.BigIntegerField()),
                ("entity", models.TextField()),
                ("record", models.BigIntegerField()),
                ("key", models.TextField()),
                ("field", models.TextField()),
                ("delivered", models.TextField(null=True)),
                ("stays", models.TextField(null=True)),
                ("number", models.BigIntegerField()),
                ("salt", models.BigIntegerField(default=new_salt)),
            ],
            {
                "indexes": (
                    models.Index(fields=("run",), name="roster_pinn_run_399552_idx"),
                    models.Index(fields=("entity", "record"), name="roster_pinn_entity_834278_idx"),
                )
            },
        ),
        migrations.CreateModel(
            "Hold",
            [
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("status", models.TextField()),
                ("source", models.TextField()),
                ("revision", models.BigIntegerField()),
                ("header", models.JSONField()),
                ("created", models.DateTimeField()),
                ("planner", models.TextField()),
                ("expires", models.DateTimeField(null=True)),
                ("decided", models.DateTimeField(null=True)),
                ("decider", models.TextField(default="")),
                ("why", models.TextField(default="")),
                ("run", models.BigIntegerField(null=True)),
                ("successor", models.BigIntegerField(null=True)),
                ("salt", models.BigIntegerField(default=new_salt)),
            ],
        ),
        migrations.CreateModel(
            "Keep",
            [
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("user", models.TextField(default="")),
                ("klass", models.TextField(db_column="class", default="")),
                ("until", models.DateField()),
                ("why", models.TextField()),
                ("author", models.TextField()),
                ("created", models.DateTimeField()),
                ("released", models.DateTimeField(null=True)),
                ("releaser", models.TextField(default="")),
                ("salt", models.BigIntegerField(default=new_salt)),
            ],
            {
                "indexes": (
                    models.Index(fields=("user",), name="roster_keep_user_d7c719_idx"),
                    models.Index(fields=("klass",), name="roster_keep_class_ee31cc_idx"),
                )
            },
        ),
        migrations.CreateModel(
            "Pin",
            [
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entity", models.TextField()),
                ("record", models.BigIntegerField()),
                ("field", models.TextField()),
                ("value", models.TextField(null=True)),
                ("run", models.BigIntegerField()),
                ("why", models.TextField()),
                ("author", models.TextField()),
                ("created", models.DateTimeField()),
                ("released", models.DateTimeField(null=True)),
                ("releaser", models.TextField(default="")),
                ("salt", models.BigIntegerField(default=new_salt)),
            ],
            {"indexes": (models.Index(fields=("entity", "record"), name="roster_pin_entity_9b9b85_idx"),)},
        ),
        migrations.CreateModel(
            "Link",
            [
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("moment", models.DateTimeField()),
                ("actor", models.TextField()),
                ("action", models.TextField()),
                ("document", models.TextField()),
                ("previous", models.TextField()),
                ("digest", models.TextField()),
                ("seal", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            "Erased",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entity", models.TextField()),
                ("is_history", models.BooleanField()),
                ("row", models.BigIntegerField()),
                ("leaf", models.TextField()),
                ("remains", models.TextField()),
            ],
            {
                "constraints": (
                    models.UniqueConstraint(
                        fields=("entity", "is_history", "row"), name="roster_erased_state"
                    ),
                )
            },
        ),
    ]
