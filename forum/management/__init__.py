"""Commands of `manage.py`. Below `sessions`, above `views`."""
