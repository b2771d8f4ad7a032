"""The groups, and what they bring back."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "groups"  # "sessions" is taken by django.contrib.sessions
    verbose_name = "Groups"
