"""Serve an ASGI application with the options of `manage.py serve`: `python -m tests.bench.bare APPLICATION OPTIONS`.

Prints the port once it listens. Of the app it imports the web server alone, as the options ask.
"""

import json
import socket
import sys

import uvicorn

if __name__ == "__main__":
    application, options = sys.argv[1:]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(application, **json.loads(options))).run(sockets=[listener])
