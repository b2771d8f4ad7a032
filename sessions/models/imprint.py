"""The imprint: what the organisers add to the book (word, logos, colour, licence), and whether it is public."""

from collections.abc import Iterable, Set
from io import BytesIO
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from PIL import Image

from forum.fragment_keys import Key
from forum.models import Actor, Forum
from forum.models.verbs import Verb
from forum.text.one_line import LineField
from sessions import colour_contrast
from sessions.media import images

MAX_LOGOS = 8
"""On the cover."""
MAX_LOGO_PIXELS = 1200
"""On the longest side."""
DARK_PLATE, PALE_PLATE = "#0f3d3c", "#ffffff"
"""The backgrounds of logos."""
VISIBLE_CONTRAST = 2.0
"""The contrast from which on a pixel of a logo is seen."""


class TooManyLogos(Exception):
    """The cover has MAX_LOGOS."""


class Licence(models.TextChoices):
    NONE = "", _("Say nothing about it")
    ETALAB = "etalab-2.0", _("Licence ouverte Etalab 2.0")
    CC_BY = "cc-by-4.0", _("Creative Commons Attribution 4.0 (CC BY)")
    CC_BY_SA = "cc-by-sa-4.0", _("Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA)")
    RESERVED = "reserved", _("All rights reserved")

    @property
    def url(self) -> str:
        """The address of its text; empty when it has none."""
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
    """A line may end with its number of dots, as "A common charter: 34"."""
    credits = models.TextField(_("Credits"), max_length=2000, blank=True)
    accent = models.CharField(_("Accent colour"), max_length=7, blank=True)
    """As #1d5f8f. Empty: the default colours."""
    licence = models.CharField(_("Licence"), max_length=12, choices=Licence.choices, blank=True)
    is_public = models.BooleanField(_("Anyone may read the report, on a public page"), default=False)
    is_listed = models.BooleanField(
        _("It is in the list of published forums, and search engines find it"), default=False
    )

    CONTENT_FIELDS: ClassVar = (
        "word", "signed_by", "signed_role", "next_dates", "priorities", "credits", "accent", "licence",
    )  # fmt: skip
    ACCESS_FIELDS: ClassVar = ("is_public", "is_listed")

    def __str__(self) -> str:
        return f"{self.forum}"

    @classmethod
    def for_forum(cls, forum: Forum) -> "Imprint":
        """Return the imprint of a forum; a new one is saved once something is written in it."""
        imprint = cls.objects.filter(forum=forum).first() or cls()
        imprint.forum = forum
        return imprint

    @property
    def next_date_lines(self) -> list[str]:
        return [line.strip() for line in self.next_dates.splitlines() if line.strip()]

    @property
    def chosen_licence(self) -> Licence:
        return Licence(self.licence)

    def write(self, by: Actor, names: Iterable[str] = CONTENT_FIELDS) -> None:
        """Save these fields of the content, which the next edition shows."""
        self._save_fields(by, Verb.WROTE_IMPRINT, names)

    def save_all(self, by: Actor, names: Set[str]) -> None:
        """Save these fields of content and access, together or not at all.

        Access is a change of its own, so that undoing it takes no content back.
        """
        with self.forum.locked():  # what the others have saved is read under the lock, to be kept
            if content := names & set(self.CONTENT_FIELDS):
                self.write(by, sorted(content))
            if access := names & set(self.ACCESS_FIELDS):
                if self.pk:
                    self.refresh_from_db(fields=set(self.ACCESS_FIELDS) - access)
                self.set_access(by, is_public=self.is_public, is_listed=self.is_listed)

    def set_access(self, by: Actor, *, is_public: bool, is_listed: bool) -> None:
        """Make the book public or not, and listed or not. Only a public book is listed."""
        self.is_public, self.is_listed = is_public, is_public and is_listed
        with self.forum.locked():
            if type(self).objects.filter(pk=self.pk, is_public=True).exists() == is_public:
                verb = Verb.LISTED_BOOK if self.is_listed else Verb.UNLISTED_BOOK
            else:
                verb = Verb.OPENED_BOOK_TO_PUBLIC if is_public else Verb.CLOSED_BOOK_TO_PUBLIC
            self._save_fields(by, verb, self.ACCESS_FIELDS, Key.INVITATION)

    def _save_fields(self, by: Actor, verb: Verb, names: Iterable[str], *keys: Key) -> None:
        with self.forum.change(by, verb) as change:
            names, blank = tuple(names), Imprint()
            if self.pk is None and all(getattr(self, name) == getattr(blank, name) for name in names):
                return
            self._ensure_row()
            change.save(self, *names)
            change.invalidate(*keys)

    def _ensure_row(self) -> None:
        """Create an empty row if there is none: two people may write the first field at once."""
        if self.pk is None:
            self.pk = type(self).objects.get_or_create(forum=self.forum)[0].pk

    def add_logo(self, name: str, content: bytes, by: Actor) -> "Logo":
        """Add a logo to the cover, from an image that images.py has processed. Raises TooManyLogos."""
        file = images.save_image(content)
        with self.forum.change(by, Verb.ADDED_LOGO) as change:
            self._ensure_row()
            last = self.logos.last()
            if self.logos.count() >= MAX_LOGOS:
                raise TooManyLogos
            logo = Logo(imprint=self, name=name, file=file, on_dark=needs_dark_plate(content))
            logo.position = last.position + 1 if last else 1
            change.create(logo)
        return logo


class Logo(models.Model):
    imprint = models.ForeignKey(Imprint, models.CASCADE, related_name="logos")
    name = LineField(_("Whose logo it is"), max_length=120)
    """The organisation, and the logo's text alternative."""
    file = models.CharField(max_length=40, validators=[RegexValidator(rf"^{images.IMAGE_NAME.pattern}\Z")])
    """The name of its image, see images.py. The image stays when the logo is removed, for an undo."""
    on_dark = models.BooleanField(default=False)
    """Whether it is shown on the dark plate, being too pale for the white one."""
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    def remove(self, by: Actor) -> None:
        with self.imprint.forum.change(by, Verb.REMOVED_LOGO) as change:
            change.delete(self)

    def move_up(self, by: Actor) -> None:
        """Exchange places with the previous logo. No-op for the first."""
        with self.imprint.forum.change(by, Verb.MOVED_LOGO) as change:
            self.refresh_from_db()
            previous = self.imprint.logos.filter(position__lt=self.position).last()
            if previous is None:
                return
            self.position, previous.position = previous.position, self.position
            change.save(self, "position")
            change.save(previous, "position")


def needs_dark_plate(content: bytes) -> bool:
    """Say whether more than twice as many pixels of an image are seen on the dark plate as on the pale one."""
    with Image.open(BytesIO(content)) as image:
        small = image.convert("RGBA")
    small.thumbnail((64, 64))
    channels = small.tobytes()
    pixels = [f"#{channels[at : at + 3].hex()}" for at in range(0, len(channels), 4) if channels[at + 3] > 127]
    on_pale, on_dark = (
        sum(colour_contrast.contrast(pixel, plate) >= VISIBLE_CONTRAST for pixel in pixels)
        for plate in (PALE_PLATE, DARK_PLATE)
    )
    return on_dark > 2 * on_pale
