"""The memory of the app's processes: what another process of the same user can open of it."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import ctypes, os, sys
sys.path.insert(0, sys.argv[1])
from forum.server.process_memory import close_memory

def can_child_read():
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        open(f"/proc/{os.getppid()}/mem").close()
        open(f"/proc/{os.getppid()}/environ").read()
    except PermissionError:
        os._exit(1)
    os._exit(0)

if os.getuid() == 0:  # who may read everything
    os.setgid(65534)
    os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as any process begins
print(can_child_read())
close_memory()
print(can_child_read())
"""


def test_no_process_of_the_same_user_reads_the_memory_of_the_app() -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", SCRIPT, root], capture_output=True, text=True, timeout=60)
    assert (done.stdout.split()[-1:], done.stderr) == (["False"], "")
