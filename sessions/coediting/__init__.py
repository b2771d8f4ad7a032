"""Co-writing of a report: its messages, batches, rooms and socket.

Below `checks` and `forms`, above `report_progress`.
"""
