"""Access control: who acts, what they may do, and how often. Imports models, web and server."""
