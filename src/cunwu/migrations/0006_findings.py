import cunwu.org.models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cunwu', '0005_assets'),
    ]

    operations = [
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=cunwu.org.models.random_id, editable=False, max_length=12, unique=True)),
                ('rule', models.CharField(max_length=40)),
                ('figures', models.JSONField(help_text='the columns that the question shows, as last seen')),
                ('first_seen', models.DateField()),
                ('last_seen', models.DateField()),
                ('gone_day', models.DateField(help_text='first day on which its reason was gone', null=True)),
                ('reply', models.CharField(blank=True, max_length=500)),
                ('replied_at', models.DateTimeField(null=True)),
                ('verdict', models.CharField(blank=True, choices=[('confirmed', '属实'), ('dismissed', '排除')], max_length=9)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='cunwu.contract')),
                ('matter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='cunwu.matter')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='cunwu.organization')),
                ('replied_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cunwu.appointment')),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cunwu.appointment')),
            ],
            options={
                'indexes': [models.Index(fields=['organization', 'rule'], name='cunwu_findi_organiz_9a7a1a_idx'), models.Index(condition=models.Q(('gone_day', None), ('verdict', '')), fields=['organization'], name='finding_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('gone_day', None)), fields=('rule', 'contract'), name='finding_asked_once'), models.CheckConstraint(condition=models.Q(models.Q(('replied_at', None), ('replied_by', None), ('reply', '')), models.Q(models.Q(('reply', ''), _negated=True), ('replied_at__isnull', False), ('replied_by__isnull', False)), _connector='OR'), name='finding_reply_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('reviewed_at', None), ('reviewed_by', None), ('verdict', '')), models.Q(models.Q(('verdict', ''), _negated=True), models.Q(('reason', ''), _negated=True), ('reviewed_at__isnull', False), ('reviewed_by__isnull', False)), _connector='OR'), name='finding_verdict_by_somebody_for_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Screening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='the day of whose facts it asked')),
                ('at', models.DateTimeField()),
                ('asked', models.PositiveIntegerField(help_text='questions that were new')),
                ('gone', models.PositiveIntegerField(help_text='questions whose reason was gone')),
                ('by', models.ForeignKey(help_text='null: the clock', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cunwu.appointment')),
                ('place', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cunwu.place')),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='cunwu_scree_day_ca3ac7_idx')],
            },
        ),
    ]
