"""Import a list of expected people: parse it, compare it with the forum, and show it before anything is saved."""

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

from forum.forms.table import decode_table, parse_rows
from forum.models import Forum, Participant
from forum.text.names import MAX_NAME_LENGTH, fold, name_key

MAX_PEOPLE = 2000
MAX_KILOBYTES = 500
"""Less than one form may send: the confirmation sends the list again."""
COLUMNS = ("name", "organisation", "territory", "email")
"""The order of the columns of a table without a header."""
HEADERS = {
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
"""Folded headers of each column. “Nom” beside “Prénom” is the last name; alone, it is the whole name."""
COLUMN_OF = {header: column for column, headers in HEADERS.items() for header in headers}


@dataclass
class ListedPerson:
    """One row of the list."""

    line: int
    """Number of its first line in the text; 0 for a person of the forum."""
    name: str = ""
    organisation: str = ""
    territory: str = ""
    email: str = ""
    error: str = ""
    """Reason why this person cannot be expected; empty if there is none."""
    known: str = ""
    """Where this person is already; empty for a new one."""
    notes: list[str] = field(default_factory=list)
    """Doubts that do not refuse the row."""

    @property
    def is_new(self) -> bool:
        return not self.error and not self.known

    def check(self) -> None:
        for text, most in (
            (self.name, MAX_NAME_LENGTH),
            (self.organisation, Participant.MAX_ORGANISATION_LENGTH),
            (self.territory, Participant.MAX_TERRITORY_LENGTH),
        ):
            if len(text) > most:
                self.error = _("“{words}…” is longer than {most} characters.").format(words=text[:30], most=most)
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
class ExpectedList:
    """The parsed list, not saved yet."""

    listed: list[ListedPerson]
    left_out: list[str]
    """Headers of columns that are ignored."""

    @property
    def new(self) -> list[ListedPerson]:
        return [person for person in self.listed if person.is_new]

    @property
    def refused(self) -> list[ListedPerson]:
        return [person for person in self.listed if person.error]

    @property
    def known(self) -> list[ListedPerson]:
        return [person for person in self.listed if person.known]

    @property
    def noted(self) -> list[ListedPerson]:
        return [person for person in self.listed if person.is_new and person.notes]

    @property
    def people(self) -> list[dict[str, str]]:
        """The new people, as arguments of Participant.announce."""
        return [{name: getattr(person, name) for name in COLUMNS} for person in self.new]

    @property
    def table(self) -> str:
        """The new people as a table that this module parses without doubts, for the confirmation."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([COLUMNS, *(person.values() for person in self.people)])
        return text.getvalue()


class ExpectedListForm(forms.Form):
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
        """Add the parsed list as `expected`. Rows with errors are part of it; a text without any list is an error."""
        file = self.cleaned_data.get("file")
        pasted = self.cleaned_data.get("table", "")
        if self.errors:
            return self.cleaned_data
        name = "file" if file else "table"
        if not file and not pasted.strip():
            raise ValidationError(_("Choose a file, or paste a table."))
        if (file.size if file else len(pasted.encode())) > MAX_KILOBYTES * 1000:
            self.add_error(name, _("This list is too long: {most} KB at most.").format(most=MAX_KILOBYTES))
            return self.cleaned_data
        try:
            expected = parse_list(decode_table(file.read()) if file else pasted)
        except ValidationError as error:
            self.add_error(name, error)
            return self.cleaned_data
        compare(expected.listed, self.forum)
        return {**self.cleaned_data, "expected": expected}


def parse_list(text: str) -> ExpectedList:
    """Parse a table of people, and check each row. Raises ValidationError if the text holds no list."""
    rows = list(parse_rows(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")))
    first = rows[0][1] if rows else []
    columns, left_out = _parse_header(first) or ([], [])
    if columns:
        del rows[0]
        if not {"name", "first", "last"} & set(columns):
            reason = _("No column is called “Name”. The titles are: {titles}.")
            raise ValidationError(reason.format(titles=", ".join(filter(None, first))))
    if not rows:
        raise ValidationError(_("There is nobody in this list."))
    if len(rows) > MAX_PEOPLE:
        reason = _("This list has {n} lines: {most} at most.")
        raise ValidationError(reason.format(n=len(rows), most=MAX_PEOPLE))
    people = [_parse_person(number, cells, columns) for number, cells in rows]
    for person in people:
        person.check()
    return ExpectedList(people, left_out)


def _parse_header(cells: list[str]) -> tuple[list[str], list[str]] | None:
    """Return the name of each column (empty if ignored), and the ignored headers; None if this row is no header."""
    names = [COLUMN_OF.get(fold(cell), "") for cell in cells]
    named = {name for name in names if name}
    if not {"name", "first", "last", "email"} & named or any("@" in cell for cell in cells):
        return None
    if "first" not in named:
        names = ["name" if name == "last" else name for name in names]
    columns = [name if name not in names[:place] else "" for place, name in enumerate(names)]
    return columns, [cell for cell, column in zip(cells, columns, strict=True) if cell and not column]


def _parse_person(number: int, cells: list[str], columns: list[str]) -> ListedPerson:
    if columns:
        values = {column: cell for column, cell in zip(columns, cells, strict=False) if column}
    else:
        address = next((cell for cell in cells[1:] if "@" in cell), "")
        others = [cell for cell in cells if cell != address] if address else cells
        values = {**dict(zip(COLUMNS, others, strict=False)), "email": address}
    name = values.get("name") or " ".join(filter(None, (values.get("first"), values.get("last"))))
    return ListedPerson(
        number, name, values.get("organisation", ""), values.get("territory", ""), values.get("email", "")
    )


def compare(listed: list[ListedPerson], forum: Forum) -> None:
    """Set `known` of the people who are in the forum already, or twice in the list, and note other namesakes."""
    namesakes_of: defaultdict[str, list[tuple[ListedPerson, str]]] = defaultdict(list)
    for participant in forum.participants.filter(removed_at=None):
        where = _("is expected already.") if participant.is_expected else _("is in the forum already.")
        name, organisation = participant.name, participant.organisation
        other = ListedPerson(0, name, organisation, participant.territory, participant.email)
        namesakes_of[name_key(name)].append((other, where))
    for person in listed:
        if person.error:
            continue
        namesakes = namesakes_of[name_key(person.name)]
        person.known = next((where for other, where in namesakes if _is_same_person(person, other)), "")
        if namesakes and not person.known:
            person.notes.append(_("same name as someone else, whose organisation or e-mail is another."))
        if not person.known:
            namesakes.append((person, _("is on line {number} already.").format(number=person.line)))


def _is_same_person(one: ListedPerson, other: ListedPerson) -> bool:
    """Say whether two namesakes are one person: by their e-mail addresses, else by their organisations."""
    if one.email and other.email:
        return one.email.casefold() == other.email.casefold()
    organisations = {fold(one.organisation), fold(other.organisation)} - {""}
    return len(organisations) < 2


def search_people(people: Iterable[Participant], query: str) -> list[Participant]:
    """Return, by name, the people of whom every word of the query begins a word of the name or organisation."""
    prefixes = fold(query).split()
    words_of = [(fold(f"{person.name} {person.organisation}").split(), person) for person in people]
    matches = [
        (words, person)
        for words, person in words_of
        if all(any(word.startswith(prefix) for word in words) for prefix in prefixes)
    ]
    return [person for _words, person in sorted(matches, key=lambda match: (match[0], match[1].pk))]
