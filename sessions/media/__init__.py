"""Images that people send, and the limits of the child processes that open them. Below `models`."""
