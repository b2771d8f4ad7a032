"""What the addresses of the plenary answer. A view has no third idea: door, verb, answer."""
