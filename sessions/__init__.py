"""What the sessions bring back: reports, co-writing, photos, comments, the book. Imports forum, never the reverse."""
