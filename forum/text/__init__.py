"""Text as people type it: names, lines, markup, numbers. Imports nothing of the app."""
