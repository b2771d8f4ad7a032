"""Converters of URL parameters: join codes, and numbers that a database can look up."""

from django.urls import register_converter

from forum.text.parsing import whole_number


class CodeConverter:
    """A join code: seven signs, in capitals or not."""

    regex = "[A-Za-z0-9]{7}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


class NumberConverter:
    """A number that a database can look up."""

    regex = "[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        """Raises ValueError for one that is too large: there is no such address."""
        number = whole_number(value)
        if number is None:
            raise ValueError(value)
        return number

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(CodeConverter, "code")
register_converter(NumberConverter, "number")
