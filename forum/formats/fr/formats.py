"""French dates and hours as public bodies write them: 14 novembre 2019, 10 h 15."""

TIME_FORMAT = "G\u00a0\\h\u00a0i"  # no-break: an hour never ends a line
DATE_FORMAT = "j F Y"
