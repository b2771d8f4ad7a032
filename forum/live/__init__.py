"""The live board: fragments rendered once per audience, and the hubs that send them.

Below `forms`, `checks`, `rehearsal` and `templatetags`, above `agenda`.
"""
