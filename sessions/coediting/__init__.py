"""Co-writing of a report: its messages, rooms and socket. Imports models."""
