"""Around the application: start, locks, backups, disk, health, the worker's process. Imports models."""
