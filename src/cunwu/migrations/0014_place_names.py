from django.db import migrations, models

from cunwu.org.finding import keys_of


def file_names_of_places(apps, schema_editor):
    """Places that are there already are found too."""
    Place, PlaceName = apps.get_model('cunwu', 'Place'), apps.get_model('cunwu', 'PlaceName')
    alias = schema_editor.connection.alias  # a backup migrates another database than the one that is in use
    names = list(Place.objects.using(alias).order_by('name_zh').values_list('name_zh', flat=True).distinct())
    for start in range(0, len(names), 2000):
        some = names[start:start + 2000]
        PlaceName.objects.using(alias).bulk_create(
            PlaceName(inside=inside, key=key, name=name) for name in some for inside, key in sorted(keys_of(name))
        )


def compare_by_bytes(apps, schema_editor):
    """Keys are read by ranges, which a server set up for another order of letters would cut elsewhere."""
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute('ALTER TABLE cunwu_placename ALTER COLUMN key TYPE varchar(80) COLLATE "C"')


class Migration(migrations.Migration):

    dependencies = [
        ('cunwu', '0013_seal_second_factors'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlaceName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('inside', models.BooleanField()),
                ('key', models.CharField(max_length=80)),
                ('name', models.CharField(max_length=80)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('inside', 'key', 'name'), name='place_name_once_under_a_key')],
            },
        ),
        migrations.RunPython(compare_by_bytes, migrations.RunPython.noop),
        migrations.RunPython(file_names_of_places, migrations.RunPython.noop),
    ]
