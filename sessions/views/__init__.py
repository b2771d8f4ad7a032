"""What the addresses of the groups answer."""
