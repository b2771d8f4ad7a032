"""Converters of URL parameters: join codes and primary keys."""

from django.urls import register_converter

from forum.text.parsing import parse_whole_number


class CodeConverter:
    """A join code: seven letters and figures, in any case."""

    regex = "[A-Za-z0-9]{7}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


class NumberConverter:
    """A number that fits in a column of the database."""

    regex = "[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        """Raise ValueError if it is too large, which makes the URL unknown."""
        number = parse_whole_number(value)
        if number is None:
            raise ValueError(value)
        return number

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(CodeConverter, "code")
register_converter(NumberConverter, "number")
