"""Between the web server and Django: bodies, responses, static files, cached pages. Imports server."""
