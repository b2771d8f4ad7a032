"""Serve one of these applications: `python -m tests.bench.compared minimal_server OPTIONS`.

OPTIONS are those of `manage.py serve` for uvicorn, as JSON. Prints the port once it listens.
"""

import json
import socket
import sys

import uvicorn

if __name__ == "__main__":
    module, options = sys.argv[1:]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(f"tests.bench.compared.{module}:application", **json.loads(options))
        uvicorn.Server(config).run(sockets=[listener])
