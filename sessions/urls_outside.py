"""The addresses outside any forum: what is published."""

from django.urls import path

from sessions.views import published

urlpatterns = [
    path("", published.published, name="published"),
]
