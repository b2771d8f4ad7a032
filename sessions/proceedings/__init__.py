"""The book (the proceedings of a forum) and the editions of it.

`content` reads the database into a `book.Book`, `html` renders it, `pdf` prints it, `formats` makes the other formats;
`edition_requests`, `freshness` and `jobs` say when and in which task.

Below `printing` and `templatetags`, above `models`.
"""
