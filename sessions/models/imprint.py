"""The imprint: what the organisers add to the compte-rendu (word, logos, colour, licence), and who may read it."""

from collections.abc import Iterable, Set
from io import BytesIO
from typing import ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from forum.fragment_keys import Key
from forum.models import Actor, Forum
from forum.models.verbs import Verb
from forum.text.one_line import LineField
from sessions import colours
from sessions.media import images

LOGOS = 8
"""As many as the cover has room for."""
LONGEST_SIDE = 1200
DARK, PALE = "#0f3d3c", "#ffffff"
"""What a logo can stand on."""
_VISIBLE = 2.0
"""The contrast from which on a spot of a logo is seen."""


class TooManyLogos(Exception):
    """The cover has room for no more."""


class Licence(models.TextChoices):
    NONE = "", _("Say nothing about it")
    ETALAB = "etalab-2.0", _("Licence ouverte Etalab 2.0")
    CC_BY = "cc-by-4.0", _("Creative Commons Attribution 4.0 (CC BY)")
    CC_BY_SA = "cc-by-sa-4.0", _("Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA)")
    RESERVED = "reserved", _("All rights reserved")

    @property
    def address(self) -> str:
        """Of its text; empty when it has none."""
        return {
            Licence.ETALAB: "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
            Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
            Licence.CC_BY_SA: "https://creativecommons.org/licenses/by-sa/4.0/",
        }.get(self, "")


class Imprint(models.Model):
    forum = models.OneToOneField(Forum, models.CASCADE, related_name="imprint")
    word = models.TextField(_("Word of the sponsor"), max_length=6000, blank=True)
    signed_by = LineField(_("Who signs it"), max_length=120, blank=True)
    signed_role = LineField(_("Their role"), max_length=160, blank=True)
    next_dates = models.TextField(_("Next dates, one per line"), max_length=2000, blank=True)
    priorities = models.TextField(
        _("What came out of the convergence, one priority per line"), max_length=4000, blank=True
    )
    """A line may end with its dots, as "A common charter: 34"."""
    credits = models.TextField(_("Credits"), max_length=2000, blank=True)
    accent = models.CharField(_("Accent colour"), max_length=7, blank=True)
    """As #1d5f8f; empty: those of the house."""
    licence = models.CharField(_("Licence"), max_length=12, choices=Licence.choices, blank=True)
    is_public = models.BooleanField(_("Anyone may read the report, on a public page"), default=False)
    is_listed = models.BooleanField(
        _("It is in the list of published forums, and search engines find it"), default=False
    )

    WRITTEN: ClassVar = ("word", "signed_by", "signed_role", "next_dates", "priorities", "credits", "accent", "licence")

    def __str__(self) -> str:
        return f"{self.forum}"

    @classmethod
    def of(cls, forum: Forum) -> "Imprint":
        """That of a forum, which is not kept as long as nobody wrote in it."""
        found = cls.objects.filter(forum=forum).first() or cls()
        found.forum = forum
        return found

    @property
    def dates(self) -> list[str]:
        return [line.strip() for line in self.next_dates.splitlines() if line.strip()]

    @property
    def terms(self) -> Licence:
        return Licence(self.licence)

    def write(self, by: Actor, names: Iterable[str] = WRITTEN) -> None:
        """Keep what the organisers wrote; the next edition says it."""
        self._keep(by, Verb.WROTE_IMPRINT, names)

    def settle(self, by: Actor, names: Set[str]) -> None:
        """Keep these fields of the page of the imprint, together or not at all.

        Who may read the report is a change of its own, so that undoing it takes no written word away.
        """
        with transaction.atomic():
            if written := names & set(self.WRITTEN):
                self.write(by, sorted(written))
            if opened := names & {"is_public", "is_listed"}:
                if self.pk:
                    self.refresh_from_db(fields={"is_public", "is_listed"} - opened)
                self.publish(by, is_public=self.is_public, is_listed=self.is_listed)

    def publish(self, by: Actor, *, is_public: bool, is_listed: bool) -> None:
        """Open the report to everyone, or close it again. Only what is public is listed."""
        self.is_public, self.is_listed = is_public, is_public and is_listed
        names = ("is_public", "is_listed")
        self._keep(by, Verb.PUBLISHED_REPORT if is_public else Verb.UNPUBLISHED_REPORT, names, Key.INVITATION)

    def _keep(self, by: Actor, verb: Verb, names: Iterable[str], *keys: Key) -> None:
        with self.forum.change(by, verb) as change:
            names = tuple(names)
            if self.pk is None and all(getattr(self, name) == getattr(Imprint(), name) for name in names):
                return
            self._begin()
            change.save(self, *names)
            change.invalidate(Key.IMPRINT, *keys)

    def _begin(self) -> None:
        """Have a row, empty as long as nothing is kept in it: two people may begin it at once."""
        if self.pk is None:
            self.pk = type(self).objects.get_or_create(forum=self.forum)[0].pk

    def add_logo(self, name: str, content: bytes, by: Actor) -> "Logo":
        """Put one more logo on the cover, from an image that images.py has drawn. Raises TooManyLogos."""
        file = images.keep(content)
        with self.forum.change(by, Verb.ADDED_LOGO) as change:
            self._begin()
            last = self.logos.last()
            if self.logos.count() >= LOGOS:
                raise TooManyLogos
            logo = Logo(imprint=self, name=name, file=file, on_dark=wants_dark(content))
            logo.position = last.position + 1 if last else 1
            change.create(logo)
            change.invalidate(Key.IMPRINT)
        return logo


class Logo(models.Model):
    imprint = models.ForeignKey(Imprint, models.CASCADE, related_name="logos")
    name = LineField(_("Whose logo it is"), max_length=120)
    """Also its text alternative."""
    file = models.CharField(max_length=40)
    """The name of its image, see images.py. The image stays when the logo goes, so that it can come back."""
    on_dark = models.BooleanField(default=False)
    """Whether it is too pale to be seen on white."""
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def remove(self, by: Actor) -> None:
        with self.imprint.forum.change(by, Verb.REMOVED_LOGO) as change:
            change.delete(self)
            change.invalidate(Key.IMPRINT)

    def advance(self, by: Actor) -> None:
        """Exchange it with the one before it; nothing when it is the first."""
        with self.imprint.forum.change(by, Verb.MOVED_LOGO) as change:
            self.refresh_from_db()
            before = self.imprint.logos.filter(position__lt=self.position).last()
            if before is None:
                return
            self.position, before.position = before.position, self.position
            change.save(self, "position")
            change.save(before, "position")
            change.invalidate(Key.IMPRINT)


def wants_dark(content: bytes) -> bool:
    """Whether more of this image is seen on the dark plate than on the white one."""
    with Image.open(BytesIO(content)) as image:
        small = image.convert("RGBA")
    small.thumbnail((64, 64))
    pixels = small.tobytes()
    spots = [f"#{pixels[at : at + 3].hex()}" for at in range(0, len(pixels), 4) if pixels[at + 3] > 127]
    on_white, on_dark = (sum(colours.contrast(spot, plate) >= _VISIBLE for spot in spots) for plate in (PALE, DARK))
    return on_dark > 2 * on_white
