"""Text as people type it: names, lines, markup, numbers. Below `models`, above `metrics`."""
