from django.db import migrations, models
import django.db.models.deletion


def where_it_was_registered(apps, schema_editor):
    """Until now whoever was asked sat in the village whose people ask."""
    apps.get_model("cunwu", "JointRequest").objects.using(schema_editor.connection.alias).update(village=models.F("organization"))


class Migration(migrations.Migration):

    dependencies = [("cunwu", "0003_decisions")]

    operations = [
        migrations.AddField(
            model_name="jointrequest",
            name="village",
            field=models.ForeignKey(null=True, help_text="a body of the village whose people ask", on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cunwu.organization"),
        ),
        migrations.RunPython(where_it_was_registered, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="jointrequest",
            name="village",
            field=models.ForeignKey(help_text="a body of the village whose people ask", on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cunwu.organization"),
        ),
        migrations.AlterField(
            model_name="jointrequest",
            name="organization",
            field=models.ForeignKey(help_text="whom they ask", on_delete=django.db.models.deletion.PROTECT, related_name="joint_requests", to="cunwu.organization"),
        ),
    ]
