"""PDFs printed on request: posters, sheets, parts of the book. Imports proceedings."""
