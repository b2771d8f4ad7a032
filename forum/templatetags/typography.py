"""French typography in templates."""

from django import template

from forum.text.typography import spaced

register = template.Library()
register.filter("spaced", spaced)
