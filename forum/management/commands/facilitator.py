"""`manage.py facilitator`: a new link for a facilitator who lost theirs, or for one more."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext as _

from forum.management.commands.serve import first_link, return_to_address
from forum.models import Facilitator
from forum.server import startup
from forum.server.addresses import public_url
from forum.server.errors import CannotStart


class Command(BaseCommand):
    help = "List the facilitators, and give one of them a new link (the old one opens nothing from then on)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default="", help="whose link; a name that nobody has makes a new facilitator")
        parser.add_argument("--number", type=int, help="whose link, by the number in the list")

    def handle(self, *args: Any, name: str, number: int | None, **options: Any) -> None:
        translation.activate(startup.terminal_language())
        try:
            startup.check_data_directory(settings.DATA_DIR)
            if startup.pending_migrations():
                raise CannotStart(_("The database waits for an update: start the app first (make run)."))
            return_to_address()
            self._give_link(name.strip(), number)
        except CannotStart as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from None

    def _give_link(self, name: str, number: int | None) -> None:
        everyone = list(Facilitator.objects.order_by("pk"))
        for person in everyone:
            titles = ", ".join(forum.title for forum in person.forums.all())
            self.stdout.write(f"  {person.pk}. {person.name}" + (f" ({titles})" if titles else ""))
        if not everyone and not name:
            self.stdout.write(_("First facilitator (works once): {url}").format(url=first_link()))
            return
        person, secret = _new_link(everyone, name, number)
        url = f"{public_url()}/facilitator/{secret}/"
        self.stdout.write(_("New link of {name}: {url}").format(name=person.name, url=url))


def _new_link(everyone: list[Facilitator], name: str, number: int | None) -> tuple[Facilitator, str]:
    meant = [
        person
        for person in everyone
        if (number is None or person.pk == number) and (not name or person.name.casefold() == name.casefold())
    ]
    if not meant and name and number is None:
        return Facilitator.create(name)
    if len(meant) != 1:
        raise CannotStart(_("Whose link? Say the number, for example: {command}").format(command="--number 1"))
    return meant[0], meant[0].revoke_link()
