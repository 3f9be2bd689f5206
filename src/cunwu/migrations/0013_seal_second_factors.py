from django.db import migrations

from cunwu.desk.second_factor import SEALED, seal_secret


def seal_what_is_open(apps, schema_editor):
    for factor in apps.get_model('mfa', 'Authenticator').objects.using(schema_editor.connection.alias):
        for name in ('secret', 'seed'):
            if name in factor.data and not factor.data[name].startswith(SEALED):
                factor.data[name] = seal_secret(factor.data[name])
                factor.save(update_fields=['data'])


class Migration(migrations.Migration):

    dependencies = [
        ('cunwu', '0012_pace'),
        ('mfa', '0003_authenticator_type_uniq'),
    ]

    operations = [migrations.RunPython(seal_what_is_open, migrations.RunPython.noop)]
