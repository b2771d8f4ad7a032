"""Function views of reports, photos and the book. No view imports a view.

Below `apps`, `urls` and `management`, above `checks` and `forms`.
"""
