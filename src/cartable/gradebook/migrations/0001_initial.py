"""What clients write: categories, line items, results and what belongs to them."""

from django.db import migrations, models

import cartable.store.columns


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sourced_id", cartable.store.columns.KeyText(unique=True)),
                ("active", models.BooleanField()),
                ("modified", cartable.store.columns.KeyText()),
                ("client", models.BigIntegerField(null=True)),
                ("change", models.BigIntegerField()),
                ("metadata", cartable.store.columns.KeyText(null=True)),
                ("title", cartable.store.columns.KeyText(null=True)),
                ("weight", cartable.store.columns.KeyText(null=True)),
            ],
            options={
                "db_table": "gradebook_categories",
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="AssessmentLineItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sourced_id", cartable.store.columns.KeyText(unique=True)),
                ("active", models.BooleanField()),
                ("modified", cartable.store.columns.KeyText()),
                ("client", models.BigIntegerField(null=True)),
                ("change", models.BigIntegerField()),
                ("metadata", cartable.store.columns.KeyText(null=True)),
                ("title", cartable.store.columns.KeyText(null=True)),
                ("description", cartable.store.columns.KeyText(null=True)),
                ("class", cartable.store.columns.KeyText(null=True)),
                ("parent_assessment_line_item", cartable.store.columns.KeyText(null=True)),
                ("score_scale", cartable.store.columns.KeyText(null=True)),
                ("result_value_min", cartable.store.columns.KeyText(null=True)),
                ("result_value_max", cartable.store.columns.KeyText(null=True)),
                ("learning_objective_set", cartable.store.columns.KeyText(null=True)),
            ],
            options={
                "db_table": "gradebook_assessment_line_items",
                "indexes": [models.Index(fields=["class"], name="gradebook_a_class_c82f58_idx")],
            },
        ),
        migrations.CreateModel(
            name="AssessmentResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sourced_id", cartable.store.columns.KeyText(unique=True)),
                ("active", models.BooleanField()),
                ("modified", cartable.store.columns.KeyText()),
                ("client", models.BigIntegerField(null=True)),
                ("change", models.BigIntegerField()),
                ("metadata", cartable.store.columns.KeyText(null=True)),
                ("assessment_line_item", cartable.store.columns.KeyText(null=True)),
                ("student", cartable.store.columns.KeyText(null=True)),
                ("score", cartable.store.columns.KeyText(null=True)),
                ("text_score", cartable.store.columns.KeyText(null=True)),
                ("score_date", cartable.store.columns.KeyText(null=True)),
                ("score_scale", cartable.store.columns.KeyText(null=True)),
                ("score_percentile", cartable.store.columns.KeyText(null=True)),
                ("score_status", cartable.store.columns.KeyText(null=True)),
                ("comment", cartable.store.columns.KeyText(null=True)),
                ("learning_objective_set", cartable.store.columns.KeyText(null=True)),
                ("in_progress", cartable.store.columns.KeyText(null=True)),
                ("incomplete", cartable.store.columns.KeyText(null=True)),
                ("late", cartable.store.columns.KeyText(null=True)),
                ("missing", cartable.store.columns.KeyText(null=True)),
            ],
            options={
                "db_table": "gradebook_assessment_results",
                "indexes": [
                    models.Index(fields=["assessment_line_item"], name="gradebook_a_assessm_5ab68d_idx"),
                    models.Index(fields=["student"], name="gradebook_a_student_befe96_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LineItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sourced_id", cartable.store.columns.KeyText(unique=True)),
                ("active", models.BooleanField()),
                ("modified", cartable.store.columns.KeyText()),
                ("client", models.BigIntegerField(null=True)),
                ("change", models.BigIntegerField()),
                ("metadata", cartable.store.columns.KeyText(null=True)),
                ("title", cartable.store.columns.KeyText(null=True)),
                ("description", cartable.store.columns.KeyText(null=True)),
                ("assign_date", cartable.store.columns.KeyText(null=True)),
                ("due_date", cartable.store.columns.KeyText(null=True)),
                ("class", cartable.store.columns.KeyText(null=True)),
                ("school", cartable.store.columns.KeyText(null=True)),
                ("category", cartable.store.columns.KeyText(null=True)),
                ("grading_period", cartable.store.columns.KeyText(null=True)),
                ("academic_session", cartable.store.columns.KeyText(null=True)),
                ("score_scale", cartable.store.columns.KeyText(null=True)),
                ("result_value_min", cartable.store.columns.KeyText(null=True)),
                ("result_value_max", cartable.store.columns.KeyText(null=True)),
                ("learning_objective_set", cartable.store.columns.KeyText(null=True)),
            ],
            options={
                "db_table": "gradebook_line_items",
                "indexes": [
                    models.Index(fields=["class"], name="gradebook_l_class_f71336_idx"),
                    models.Index(fields=["category"], name="gradebook_l_categor_3e1e30_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sourced_id", cartable.store.columns.KeyText(unique=True)),
                ("active", models.BooleanField()),
                ("modified", cartable.store.columns.KeyText()),
                ("client", models.BigIntegerField(null=True)),
                ("change", models.BigIntegerField()),
                ("metadata", cartable.store.columns.KeyText(null=True)),
                ("line_item", cartable.store.columns.KeyText(null=True)),
                ("student", cartable.store.columns.KeyText(null=True)),
                ("class", cartable.store.columns.KeyText(null=True)),
                ("score_scale", cartable.store.columns.KeyText(null=True)),
                ("score_status", cartable.store.columns.KeyText(null=True)),
                ("score", cartable.store.columns.KeyText(null=True)),
                ("text_score", cartable.store.columns.KeyText(null=True)),
                ("score_date", cartable.store.columns.KeyText(null=True)),
                ("comment", cartable.store.columns.KeyText(null=True)),
                ("learning_objective_set", cartable.store.columns.KeyText(null=True)),
                ("in_progress", cartable.store.columns.KeyText(null=True)),
                ("incomplete", cartable.store.columns.KeyText(null=True)),
                ("late", cartable.store.columns.KeyText(null=True)),
                ("missing", cartable.store.columns.KeyText(null=True)),
            ],
            options={
                "db_table": "gradebook_results",
                "indexes": [
                    models.Index(fields=["line_item"], name="gradebook_r_line_it_bf4fd4_idx"),
                    models.Index(fields=["student"], name="gradebook_r_student_393cc4_idx"),
                    models.Index(fields=["class"], name="gradebook_r_class_94d3f2_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreScale",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sourced_id", cartable.store.columns.KeyText(unique=True)),
                ("active", models.BooleanField()),
                ("modified", cartable.store.columns.KeyText()),
                ("client", models.BigIntegerField(null=True)),
                ("change", models.BigIntegerField()),
                ("metadata", cartable.store.columns.KeyText(null=True)),
                ("title", cartable.store.columns.KeyText(null=True)),
                ("type", cartable.store.columns.KeyText(null=True)),
                ("course", cartable.store.columns.KeyText(null=True)),
                ("class", cartable.store.columns.KeyText(null=True)),
                ("score_scale_value", cartable.store.columns.KeyText(null=True)),
            ],
            options={
                "db_table": "gradebook_score_scales",
                "indexes": [models.Index(fields=["class"], name="gradebook_s_class_b7e1a3_idx")],
            },
        ),
    ]
