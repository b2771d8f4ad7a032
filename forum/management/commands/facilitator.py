"""`manage.py facilitator`: a new link for a facilitator who lost theirs, or for another one."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext as _

from forum.management.welcome import first_facilitator_line
from forum.models import Facilitator
from forum.server.directories import check_data_directory
from forum.server.errors import CannotStart
from forum.server.migrations import pending_migrations
from forum.server.public_urls import public_url
from forum.server.served_address import adopt_served_address
from forum.server.terminal import terminal_language


class Command(BaseCommand):
    help = "List the facilitators, and give one of them a new link (the old one opens nothing from then on)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default="", help="whose link; a name that nobody has makes a new facilitator")
        parser.add_argument("--number", type=int, help="whose link, by the number in the list")

    def handle(self, *args: Any, name: str, number: int | None, **options: Any) -> None:
        translation.activate(terminal_language())
        try:
            check_data_directory(settings.DATA_DIR)
            if pending_migrations():
                raise CannotStart(_("The database waits for an update: start the app first (make run)."))
            adopt_served_address()
            self._give_link(name.strip(), number)
        except CannotStart as error:
            self.stderr.write(str(error))
            raise SystemExit(1) from None

    def _give_link(self, name: str, number: int | None) -> None:
        facilitators = list(Facilitator.objects.order_by("pk"))
        for facilitator in facilitators:
            titles = ", ".join(forum.title for forum in facilitator.forums.all())
            self.stdout.write(f"  {facilitator.pk}. {facilitator.name}" + (f" ({titles})" if titles else ""))
        if not facilitators and not name:
            self.stdout.write(first_facilitator_line())
            return
        facilitator, secret = _change_link(facilitators, name, number)
        url = f"{public_url()}/facilitator/{secret}/"
        self.stdout.write(_("New link of {name}: {url}").format(name=facilitator.name, url=url))


def _change_link(facilitators: list[Facilitator], name: str, number: int | None) -> tuple[Facilitator, str]:
    """Change the link of the facilitator with this name or number, or create one. Return both.

    Raises CannotStart if several match, or none.
    """
    matches = [
        facilitator
        for facilitator in facilitators
        if (number is None or facilitator.pk == number) and (not name or facilitator.name.casefold() == name.casefold())
    ]
    if not matches and name and number is None:
        return Facilitator.create(name)
    if len(matches) != 1:
        raise CannotStart(_("Whose link? Say the number, for example: {command}").format(command="--number 1"))
    return matches[0], matches[0].change_link()
