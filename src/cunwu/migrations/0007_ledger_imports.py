import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cunwu', '0006_findings'),
    ]

    operations = [
        migrations.AddField(
            model_name='receivable',
            name='source',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receivables', to='cunwu.ledgerimport'),
        ),
    ]
