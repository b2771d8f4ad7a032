"""Template tags and filters. Below `views`, above `live`."""
