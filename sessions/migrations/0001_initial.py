import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('forum', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Imprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.TextField(blank=True, max_length=6000, verbose_name='Word of the sponsor')),
                ('signed_by', models.CharField(blank=True, max_length=120, verbose_name='Who signs it')),
                ('signed_role', models.CharField(blank=True, max_length=160, verbose_name='Their role')),
                ('next_dates', models.TextField(blank=True, max_length=2000, verbose_name='Next dates, one per line')),
                ('priorities', models.TextField(blank=True, max_length=4000, verbose_name='What came out of the convergence, one priority per line')),
                ('credits', models.TextField(blank=True, max_length=2000, verbose_name='Credits')),
                ('accent', models.CharField(blank=True, max_length=7, verbose_name='Accent colour')),
                ('licence', models.CharField(blank=True, choices=[('', 'Say nothing about it'), ('etalab-2.0', 'Licence ouverte Etalab 2.0'), ('cc-by-4.0', 'Creative Commons Attribution 4.0 (CC BY)'), ('cc-by-sa-4.0', 'Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA)'), ('reserved', 'All rights reserved')], max_length=12, verbose_name='Licence')),
                ('is_public', models.BooleanField(default=False, verbose_name='Anyone may read the report, on a public page')),
                ('is_listed', models.BooleanField(default=False, verbose_name='It is in the list of published forums, and search engines find it')),
                ('forum', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='imprint', to='forum.forum')),
            ],
        ),
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='Whose logo it is')),
                ('file', models.CharField(max_length=40, validators=[django.core.validators.RegexValidator('^[0-9a-f]{32}\\.(?:png|jpg)\\Z')])),
                ('on_dark', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('imprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='logos', to='reports.imprint')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PhotoFiles',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=32, unique=True)),
                ('size', models.PositiveIntegerField()),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='forum.forum')),
                ('participant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='forum.participant')),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(blank=True, max_length=200, verbose_name='title, as a question')),
                ('scribes', models.CharField(blank=True, max_length=200, verbose_name='scribes')),
                ('head_count', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='how many were you?')),
                ('findings', models.TextField(blank=True, max_length=6000, verbose_name='findings')),
                ('debate', models.TextField(blank=True, max_length=6000, verbose_name='what was debated')),
                ('proposals', models.TextField(blank=True, max_length=6000, verbose_name='proposals')),
                ('needs', models.TextField(blank=True, max_length=6000, verbose_name='needs and requests')),
                ('open_questions', models.TextField(blank=True, max_length=6000, verbose_name='what stays open')),
                ('resources', models.TextField(blank=True, max_length=6000, verbose_name='resources and links')),
                ('quote', models.CharField(blank=True, max_length=400, verbose_name='a quote to remember')),
                ('quote_author', models.CharField(blank=True, max_length=120, verbose_name='who said it')),
                ('contact', models.CharField(blank=True, max_length=200, verbose_name='contact for the follow-up')),
                ('status', models.CharField(choices=[('empty', 'empty'), ('draft', 'draft'), ('finished', 'finished')], default='empty', max_length=8)),
                ('version', models.PositiveIntegerField(default=0)),
                ('overheads', models.JSONField(default=dict)),
                ('finished_by', models.CharField(blank=True, max_length=80)),
                ('finished_at', models.DateTimeField(null=True)),
                ('validated_by', models.CharField(blank=True, max_length=80)),
                ('validated_at', models.DateTimeField(null=True)),
                ('group', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='report', to='forum.group')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('waits_since', models.DateTimeField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('photo', 'photo'), ('sheet', 'written sheet')], default='photo', max_length=5)),
                ('key', models.CharField(max_length=32, unique=True, validators=[django.core.validators.RegexValidator('^[0-9a-f]{32}\\Z')])),
                ('width', models.PositiveSmallIntegerField()),
                ('height', models.PositiveSmallIntegerField()),
                ('position', models.PositiveSmallIntegerField()),
                ('caption', models.CharField(blank=True, max_length=200, verbose_name='caption')),
                ('alternative', models.CharField(blank=True, max_length=300, verbose_name='what it shows, for those who cannot see it')),
                ('people_agreed', models.BooleanField(default=False)),
                ('transcribed_at', models.DateTimeField(null=True)),
                ('transcribed_by', models.CharField(blank=True, max_length=80)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('facilitator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='forum.facilitator')),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='photos', to='forum.forum')),
                ('participant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='forum.participant')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='photos', to='reports.report')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('what', models.CharField(blank=True, max_length=300, verbose_name='what')),
                ('point_person', models.CharField(blank=True, max_length=120, verbose_name='point person')),
                ('others', models.CharField(blank=True, max_length=300, verbose_name='others to involve')),
                ('first_step', models.CharField(blank=True, max_length=300, verbose_name='first step')),
                ('due_date', models.DateField(blank=True, null=True, verbose_name='due date')),
                ('due_words', models.CharField(blank=True, max_length=80, verbose_name='or in words')),
                ('resources', models.CharField(blank=True, max_length=300, verbose_name='resources')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='reports.report')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('queued', 'waiting'), ('rendering', 'being made'), ('ready', 'ready'), ('failed', 'failed'), ('withdrawn', 'withdrawn')], default='queued', max_length=9)),
                ('percent', models.PositiveSmallIntegerField(default=0)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('was_interrupted', models.BooleanField(default=False)),
                ('revision', models.PositiveBigIntegerField(default=0)),
                ('contents', models.JSONField(default=dict)),
                ('pages', models.PositiveSmallIntegerField(default=0)),
                ('size', models.PositiveIntegerField(default=0)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ready_at', models.DateTimeField(null=True)),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='editions', to='forum.forum')),
            ],
            options={
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('forum', 'number'), name='one_edition_per_number'), models.UniqueConstraint(condition=models.Q(('state', 'queued')), fields=('forum',), name='one_edition_waits')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('waits_since', models.DateTimeField(blank=True, null=True)),
                ('text', models.TextField(blank=True, max_length=600, verbose_name='your comment')),
                ('concerns_us', models.BooleanField(default=False, verbose_name='this concerns us too: we join the follow-up')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='forum.participant')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='reports.report')),
            ],
            options={
                'ordering': ['created_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('concerns_us', True), models.Q(('text', ''), _negated=True), _connector='OR'), name='a_comment_says_something')],
            },
        ),
        migrations.CreateModel(
            name='Update',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='updates', to='reports.report')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('report', 'number'), name='one_update_per_number')],
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('section', models.CharField(max_length=14)),
                ('text', models.TextField(blank=True)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
                ('facilitators', models.ManyToManyField(to='forum.facilitator')),
                ('participants', models.ManyToManyField(to='forum.participant')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='reports.report')),
                ('restores', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='reports.version')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['report', 'section'], name='reports_ver_report__cc8b2e_idx')],
            },
        ),
    ]
