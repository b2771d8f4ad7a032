"""Template tags and filters. Below `report_progress`, above `proceedings`."""
