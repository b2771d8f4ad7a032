"""Commands of `manage.py`. Above `extension` and `views`."""
