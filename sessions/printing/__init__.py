"""PDFs printed on request: the kit of posters and sheets, and parts of the book.

Below `report_progress`, above `proceedings`.
"""
