"""Programs that create the forum of a benchmark in FORUM_DATA, and print its code and cookies."""
