"""The reports of the groups and what is made of them."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "reports"  # django.contrib.sessions would have the label "sessions"
    verbose_name = "Reports"

    def ready(self) -> None:
        from forum import extension
        from sessions.extension import SessionsExtension

        extension.register(SessionsExtension())
