"""A list of people to expect, as organisers have it: read line by line, and shown, before anything is kept."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum.forms.table import decoded, rows_of
from forum.models import Forum, Participant
from forum.text.names import MAX_NAME_LENGTH, fold, name_key

MOST_PEOPLE = 2000
MOST_KILOBYTES = 500
"""A little less than what one form may send: the list comes back when it is confirmed."""
COLUMNS = ("name", "organisation", "territory", "email")
"""In this order where no line of titles says otherwise."""
TITLES = {
    "name": (
        "nom complet", "nom et prenom", "nom prenom", "prenom nom", "prenom et nom", "nom prenoms", "participant",
        "participants", "participante", "participant e", "personne", "invite", "name", "full name", "attendee",
        "person",
    ),
    "first": ("prenom", "prenoms", "first name", "firstname", "first", "given name", "forename"),
    "last": (
        "nom", "nom de famille", "nom d usage", "nom usuel", "last name", "lastname", "last", "surname", "family name",
    ),
    "organisation": (
        "organisation", "organization", "organisme", "structure", "employeur", "collectivite", "entreprise", "societe",
        "association", "etablissement", "institution", "company", "employer", "organisation structure",
    ),
    "territory": (
        "territoire", "territory", "epci", "intercommunalite", "territoire de pcaet", "ville", "commune", "departement",
        "region", "city", "area", "place",
    ),
    "email": (
        "email", "e mail", "mail", "mel", "courriel", "adresse mail", "adresse email", "adresse e mail",
        "adresse electronique", "adresse de courriel", "email address", "e mail address", "mail address",
    ),
}  # fmt: skip
"""What columns are called, folded. “Nom” beside “Prénom” is the last name; alone, it is the whole name."""
TITLE_OF = {title: column for column, titles in TITLES.items() for title in titles}


@dataclass
class Line:
    """One person of the list, and why they cannot be expected (`error`) or need not be (`known`)."""

    number: int
    name: str = ""
    organisation: str = ""
    territory: str = ""
    email: str = ""
    error: str = ""
    known: str = ""
    notes: list[str] = field(default_factory=list)
    """What is worth a look, and refuses nothing."""

    @property
    def is_new(self) -> bool:
        return not self.error and not self.known

    def check(self) -> None:
        for words, most in ((self.name, MAX_NAME_LENGTH), (self.organisation, 120), (self.territory, 120)):
            if len(words) > most:
                self.error = _("“{words}…” is longer than {most} characters.").format(words=words[:30], most=most)
        if not fold(self.name):
            self.error = _("there is no name.")
        if ";" in self.name:
            self.notes.append(_("this name holds the sign of another column."))
        if self.email:
            try:
                validate_email(self.email)
            except ValidationError:
                self.notes.append(_("“{email}” is not an e-mail address: left out.").format(email=self.email[:60]))
                self.email = ""


@dataclass
class Announced:
    """The list as it is understood. Nothing of it is kept."""

    lines: list[Line]
    left_out: list[str]
    """Titles of columns that mean nothing here."""

    @property
    def new(self) -> list[Line]:
        return [line for line in self.lines if line.is_new]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.error]

    @property
    def known(self) -> list[Line]:
        return [line for line in self.lines if line.known]

    @property
    def noted(self) -> list[Line]:
        return [line for line in self.lines if line.is_new and line.notes]

    @property
    def people(self) -> list[dict[str, str]]:
        """Who is to be expected, as Participant.announce takes them."""
        return [{name: getattr(line, name) for name in COLUMNS} for line in self.new]

    @property
    def table(self) -> str:
        """The same people as a table that this module reads without a doubt."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([COLUMNS, *(person.values() for person in self.people)])
        return text.getvalue()


class AnnouncedForm(forms.Form):
    """A table, as a file or pasted."""

    file = forms.FileField(
        label=gettext_lazy("A file"),
        required=False,
        help_text=gettext_lazy("CSV, as spreadsheets save it. Any separator does."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain,text/tab-separated-values"}),
    )
    table = forms.CharField(
        label=gettext_lazy("Or cells pasted from a spreadsheet"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Name, organisation, territory, e-mail: one person on each line, only the name is needed. In another "
            "order, or with first and last name apart, keep the line of titles."
        ),
    )

    def __init__(self, data: Any = None, files: Any = None, *, forum: Forum) -> None:
        super().__init__(data, files)
        self.forum = forum

    def clean(self) -> dict[str, Any]:
        """Leave what was understood in `announced`. Whatever cannot be read as a list at all is an error."""
        file = self.cleaned_data.get("file")
        pasted = self.cleaned_data.get("table", "")
        if self.errors:
            return self.cleaned_data
        name = "file" if file else "table"
        if not file and not pasted.strip():
            raise ValidationError(_("Choose a file, or paste a table."))
        if (file.size if file else len(pasted.encode())) > MOST_KILOBYTES * 1000:
            self.add_error(name, _("This list is too long: {most} KB at most.").format(most=MOST_KILOBYTES))
            return self.cleaned_data
        try:
            announced = read(decoded(file.read()) if file else pasted)
        except ValidationError as error:
            self.add_error(name, error)
            return self.cleaned_data
        meet(announced.lines, self.forum)
        return {**self.cleaned_data, "announced": announced}


def read(text: str) -> Announced:
    """The lines of a table, each with what is wrong with it. Raises ValidationError when there is no list in it."""
    rows = list(rows_of(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")))
    first = rows[0][1] if rows else []
    columns, left_out = _titles(first) or ([], [])
    if columns:
        del rows[0]
        if not {"name", "first", "last"} & set(columns):
            reason = _("No column is called “Name”. The titles are: {titles}.")
            raise ValidationError(reason.format(titles=", ".join(filter(None, first))))
    if not rows:
        raise ValidationError(_("There is nobody in this list."))
    if len(rows) > MOST_PEOPLE:
        reason = _("This list has {n} lines: {most} at most.")
        raise ValidationError(reason.format(n=len(rows), most=MOST_PEOPLE))
    lines = [_line(number, cells, columns) for number, cells in rows]
    for line in lines:
        line.check()
    return Announced(lines, left_out)


def _titles(cells: list[str]) -> tuple[list[str], list[str]] | None:
    """What each column holds (empty: nothing for us), and the titles left over; None when this is no line of titles."""
    found = [TITLE_OF.get(fold(cell), "") for cell in cells]
    named = {column for column in found if column}
    if not {"name", "first", "last", "email"} & named or any("@" in cell for cell in cells):
        return None
    if "first" not in named:
        found = ["name" if column == "last" else column for column in found]
    columns = [column if column not in found[:place] else "" for place, column in enumerate(found)]
    return columns, [cell for cell, column in zip(cells, columns, strict=True) if cell and not column]


def _line(number: int, cells: list[str], columns: list[str]) -> Line:
    if columns:
        said = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    else:
        address = next((cell for cell in cells[1:] if "@" in cell), "")
        others = [cell for cell in cells if cell != address] if address else cells
        said = {**dict(zip(COLUMNS, others, strict=False)), "email": address}
    name = said.get("name") or " ".join(filter(None, (said.get("first"), said.get("last"))))
    return Line(number, name, said.get("organisation", ""), said.get("territory", ""), said.get("email", ""))


def meet(lines: list[Line], forum: Forum) -> None:
    """Note which of these people are in the forum already, or twice in the list."""
    met: defaultdict[str, list[tuple[Line, str]]] = defaultdict(list)
    for person in forum.participants.filter(removed_at=None):
        where = _("is expected already.") if person.is_expected else _("is in the forum already.")
        met[name_key(person.name)].append(
            (Line(0, person.name, person.organisation, person.territory, person.email), where)
        )
    for line in lines:
        if line.error:
            continue
        alike = met[name_key(line.name)]
        line.known = next((where for other, where in alike if _is_one(line, other)), "")
        if alike and not line.known:
            line.notes.append(_("same name as someone else, whose organisation or e-mail is another."))
        if not line.known:
            alike.append((line, _("is on line {number} already.").format(number=line.number)))


def _is_one(one: Line, other: Line) -> bool:
    """Whether two lines with the same name are one person, as far as a list can tell."""
    if one.email and other.email:
        return one.email.casefold() == other.email.casefold()
    organisations = {fold(one.organisation), fold(other.organisation)} - {""}
    return len(organisations) < 2


def found_in(people: Iterable[Participant], asked: str) -> list[Participant]:
    """Those of whom every word asked begins a word of the name or organisation, by name."""
    words = fold(asked).split()
    named = [(fold(f"{person.name} {person.organisation}").split(), person) for person in people]
    found = [
        (parts, person)
        for parts, person in named
        if all(any(part.startswith(word) for part in parts) for word in words)
    ]
    return [person for _parts, person in sorted(found, key=lambda pair: (pair[0], pair[1].pk))]
