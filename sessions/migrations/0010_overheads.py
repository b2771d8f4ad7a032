from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groups', '0009_convergence'),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='overheads',
            field=models.JSONField(default=dict),
        ),
    ]
