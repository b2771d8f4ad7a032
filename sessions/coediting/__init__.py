"""Co-writing of a report: its messages, batches, rooms and socket. Imports `forum.live`, `forum.auth` and models."""
