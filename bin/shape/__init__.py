"""The shape of the code, as bin/figures measures it: by the standard library alone, so on any tree."""
