"""Dates and numbers as French and English write them. Below `models`, above `metrics`."""
