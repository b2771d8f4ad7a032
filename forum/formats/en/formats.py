"""English dates and hours, European order: 14 November 2019, 10:15."""

TIME_FORMAT = "H:i"
DATE_FORMAT = "j F Y"
