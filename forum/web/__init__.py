"""Between the web server and Django: request bodies, responses, static files, cached pages.

Below `auth`, above `server`.
"""
