"""Function views of reports, photos and the book. No view imports a view."""
