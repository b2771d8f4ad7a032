import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import forum.models.forum
import forum.models.tokens
import forum.models.verbs
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Facilitator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('link_fingerprint', models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Facilitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('facilitator', 'facilitator'), ('operator', 'operator'), ('sponsor', 'sponsor')], default='facilitator', max_length=12)),
                ('facilitator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facilitations', to='forum.facilitator')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Forum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('question', models.CharField(max_length=300, verbose_name='question of the forum')),
                ('date', models.DateField(default=django.utils.timezone.localdate, verbose_name='date')),
                ('venue', models.CharField(blank=True, max_length=200, verbose_name='place')),
                ('organisers', models.CharField(blank=True, max_length=300, verbose_name='organisers')),
                ('contact', models.CharField(blank=True, max_length=200, verbose_name='contact')),
                ('language', models.CharField(choices=[('fr', 'French'), ('en', 'English')], default='fr', max_length=2, verbose_name='language')),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=60, validators=[forum.models.forum.validate_time_zone], verbose_name='time zone')),
                ('territories', models.TextField(blank=True, max_length=20000, verbose_name='territories, one per line')),
                ('is_fictional', models.BooleanField(default=False, verbose_name='invented data, said on every page')),
                ('is_rehearsal', models.BooleanField(default=False, verbose_name='Rehearsal: invented people may fill it, and everything in it can be erased')),
                ('hides_totals', models.BooleanField(default=False, verbose_name='While people choose, hide how many want each topic: everyone goes where they want, not where others go')),
                ('approves_first', models.BooleanField(default=False, verbose_name='Approve first: topics, comments, photos and closing words that phones send wait until you agree')),
                ('pitch_seconds', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(600)], verbose_name='seconds for each pitch (0: no countdown)')),
                ('slide', models.CharField(blank=True, choices=[('welcome', 'Welcome'), ('question', 'The question'), ('principles', 'The principles'), ('law', 'The law of two feet'), ('join', 'How to join')], max_length=10)),
                ('code', models.CharField(default=forum.models.tokens.new_code, max_length=7, unique=True, validators=[django.core.validators.RegexValidator('^[A-Z0-9]{7}\\Z')])),
                ('phase', models.CharField(choices=[('preparation', 'Preparation'), ('opening', 'Opening plenary'), ('marketplace', 'Marketplace'), ('groups', 'Working groups'), ('closing', 'Closing plenary'), ('published', 'Report published')], default='preparation', max_length=12)),
                ('revision', models.PositiveBigIntegerField(default=0)),
                ('epoch', models.CharField(default=forum.models.forum.new_epoch, max_length=8)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('facilitators', models.ManyToManyField(related_name='forums', through='forum.Facilitation', to='forum.facilitator')),
            ],
            options={
                'ordering': ['-date', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='facilitation',
            name='forum',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facilitations', to='forum.forum'),
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('organisation', models.CharField(blank=True, max_length=120, verbose_name='organisation')),
                ('territory', models.CharField(blank=True, max_length=120, verbose_name='territory')),
                ('appearance', models.CharField(choices=[('full', 'My full name'), ('first', 'My first name only'), ('initials', 'My initials'), ('hidden', 'Do not name me')], default='full', max_length=8, verbose_name='in the report')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('is_expected', models.BooleanField(default=False)),
                ('announced_as', models.CharField(blank=True, max_length=80)),
                ('roaming', models.CharField(blank=True, choices=[('bumblebee', 'Bumblebee: from group to group'), ('butterfly', 'Butterfly: in no group, and open to talk')], max_length=9)),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(null=True)),
                ('access_given_at', models.DateTimeField(blank=True, null=True)),
                ('access_used_at', models.DateTimeField(blank=True, null=True)),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='forum.forum')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='OneTimeCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code_fingerprint', models.CharField(max_length=64, unique=True)),
                ('role', models.CharField(choices=[('facilitator', 'facilitator'), ('operator', 'operator'), ('sponsor', 'sponsor')], default='facilitator', max_length=12)),
                ('expires_at', models.DateTimeField()),
                ('forum', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='forum.forum')),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='forum.facilitator')),
                ('participant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='one_time_codes', to='forum.participant')),
            ],
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('revision', models.PositiveBigIntegerField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('verb', models.CharField(choices=forum.models.verbs.verb_choices, max_length=60)),
                ('invalidated', models.JSONField(default=list)),
                ('details', models.JSONField(default=dict)),
                ('rows', models.JSONField(default=list)),
                ('undone_by', models.PositiveBigIntegerField(null=True)),
                ('facilitator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='forum.facilitator')),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='journal', to='forum.forum')),
                ('participant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='forum.participant')),
            ],
            options={
                'ordering': ['revision'],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('waits_since', models.DateTimeField(blank=True, null=True)),
                ('words', models.TextField(blank=True, max_length=600, verbose_name='a word before leaving')),
                ('keep', models.CharField(blank=True, max_length=300, verbose_name='one thing to keep')),
                ('change', models.CharField(blank=True, max_length=300, verbose_name='one thing to change')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='forum.forum')),
                ('participant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='forum.participant')),
            ],
            options={
                'ordering': ['created_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_fingerprint', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('used_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('came_by_account', models.BooleanField(default=False)),
                ('expires_at', models.DateTimeField(null=True)),
                ('facilitator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='forum.facilitator')),
                ('participant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='forum.participant')),
            ],
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='place')),
                ('seats', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='seats')),
                ('equipment', models.CharField(blank=True, max_length=120, verbose_name='equipment')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='forum.forum')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('elsewhere', models.CharField(blank=True, max_length=80, verbose_name='another place')),
                ('is_frozen', models.BooleanField(default=False)),
                ('door_count', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='people counted at the door')),
                ('place', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='forum.place')),
            ],
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('arrived_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('left_at', models.DateTimeField(null=True)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='presences', to='forum.group')),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='presences', to='forum.participant')),
            ],
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(9)], verbose_name='day')),
                ('starts_at', models.TimeField(verbose_name='starts at')),
                ('minutes', models.PositiveSmallIntegerField(default=75, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(720)], verbose_name='minutes')),
                ('title', models.CharField(blank=True, max_length=120, verbose_name='moment in common')),
                ('began_at', models.DateTimeField(blank=True, null=True)),
                ('is_frozen', models.BooleanField(default=False)),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slots', to='forum.forum')),
            ],
            options={
                'ordering': ['day', 'starts_at', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='group',
            name='slot',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='forum.slot'),
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('path', models.CharField(max_length=200)),
                ('sender', models.CharField(blank=True, max_length=64)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('location', models.CharField(blank=True, max_length=300)),
                ('made_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('participant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='forum.participant')),
            ],
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('waits_since', models.DateTimeField(blank=True, null=True)),
                ('number', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('description', models.TextField(blank=True, max_length=2000, verbose_name='in a few lines')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('convener', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='topics', to='forum.participant', verbose_name='convener')),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='topics', to='forum.forum')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='forum.topic')),
                ('split_from', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='split_off', to='forum.topic')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Pitch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('began_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('seconds', models.PositiveSmallIntegerField(default=0)),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pitches', to='forum.forum')),
                ('topic', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='pitch', to='forum.topic')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=280, verbose_name='message')),
                ('sent_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('taken_back_at', models.DateTimeField(null=True)),
                ('facilitator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='forum.facilitator')),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='forum.forum')),
                ('slot', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='forum.slot')),
                ('topic', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='forum.topic')),
            ],
            options={
                'ordering': ['-sent_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='MergeProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreed_by', models.ManyToManyField(related_name='+', to='forum.participant')),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='forum.participant')),
                ('into', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='forum.topic')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merge_proposals', to='forum.topic')),
            ],
        ),
        migrations.CreateModel(
            name='Interest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interests', to='forum.participant')),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interests', to='forum.topic')),
            ],
        ),
        migrations.AddField(
            model_name='group',
            name='topic',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='group', to='forum.topic'),
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.CharField(max_length=300)),
                ('subject_fingerprint', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('facilitator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accounts', to='forum.facilitator')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('issuer', 'subject_fingerprint'), name='account_of_one_facilitator'), models.UniqueConstraint(fields=('facilitator',), name='facilitator_with_one_account')],
            },
        ),
        migrations.AddConstraint(
            model_name='facilitation',
            constraint=models.UniqueConstraint(fields=('forum', 'facilitator'), name='facilitates_once'),
        ),
        migrations.AddIndex(
            model_name='participant',
            index=models.Index(condition=models.Q(('is_expected', True)), fields=['forum', 'announced_as'], name='announced'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(fields=('forum', 'revision'), name='one_entry_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='feedback',
            constraint=models.UniqueConstraint(condition=models.Q(('participant__isnull', False)), fields=('participant',), name='one_feedback_each'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.CheckConstraint(condition=models.Q(('participant', None), ('facilitator', None), _connector='XOR'), name='a_device_has_one_holder'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.UniqueConstraint(fields=('forum', 'name'), name='one_place_per_name', violation_error_message='Two places have the same name.'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.UniqueConstraint(fields=('group', 'participant'), name='present_once'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.UniqueConstraint(fields=('forum', 'day', 'starts_at'), name='one_slot_per_hour', violation_error_message='Two slots start at the same time.'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.UniqueConstraint(fields=('sender', 'path', 'key'), name='submitted_once'),
        ),
        migrations.AddConstraint(
            model_name='topic',
            constraint=models.UniqueConstraint(fields=('forum', 'number'), name='one_topic_per_number'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('slot', None), ('topic', None), _connector='OR'), name='a_message_has_one_audience'),
        ),
        migrations.AddConstraint(
            model_name='mergeproposal',
            constraint=models.UniqueConstraint(fields=('topic', 'into'), name='one_proposal_per_merge'),
        ),
        migrations.AddConstraint(
            model_name='interest',
            constraint=models.UniqueConstraint(fields=('topic', 'participant'), name='interested_once'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(condition=models.Q(('place__isnull', False)), fields=('slot', 'place'), name='one_group_per_cell'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.CheckConstraint(condition=models.Q(('slot__isnull', False), models.Q(('elsewhere', ''), ('place__isnull', True)), _connector='OR'), name='no_place_without_a_slot'),
        ),
    ]
