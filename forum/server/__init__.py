"""Start and run the app: addresses, locks, backups, disk, health, web server, worker. Below `web`, above `models`."""
