"""Serves one ASGI application with the options of `manage.py serve`: `python -m tests.bench.bare APPLICATION OPTIONS`.

Prints the port once it listens. It imports nothing of the app itself, so that a floor stays one.
"""

import json
import socket
import sys

import uvicorn

if __name__ == "__main__":
    application, options = sys.argv[1:]
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        print(door.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(application, **json.loads(options))).run(sockets=[door])
