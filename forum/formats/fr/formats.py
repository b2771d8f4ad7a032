"""French dates and hours as public bodies write them: 14 novembre 2019, 10 h 15."""

TIME_FORMAT = "G\\ \\h\\ i"
DATE_FORMAT = "j F Y"
