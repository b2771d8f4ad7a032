"""Programs that create the forum of a benchmark in FORUM_DATA, and print what is needed to enter it."""
