"""The leader of a stack's session: starts what it is told, and ends it all when the launcher ends.

The guard reads its standard input, a pipe whose other end only the launcher holds. However the launcher ends,
SIGKILL included, the kernel closes that end; the guard reads end-of-file and ends its session. Since the
guard itself starts every process, there is no moment at which one exists that the guard does not know.

In:  a line of JSON for each process to start: {"name": …, "log": …, "command": […]}
Out: a line of JSON for each process that ended: {"name": …, "status": …}
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

# Now, not when they are needed: by then the folder of the project may be gone, and its processes still there.
from launcher import session, supervision


def main(socket_path: str) -> None:
    """Obey until end-of-file, then leave no process behind."""
    for line in sys.stdin:
        order = json.loads(line)
        with Path(order["log"]).open("ab") as log:
            child = subprocess.Popen(
                order["command"], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        threading.Thread(target=_report_end, args=(order["name"], child), daemon=True).start()

    supervisor = supervision.Supervisor(socket_path)
    supervisor.stop_all()
    session.end(os.getsid(0), spare={os.getpid()}, nudge=supervisor.nudge)


# Two processes may end at the same moment, and `print` writes a line and its end one after the other.
_one_line_at_a_time = threading.Lock()


def _report_end(name: str, child: subprocess.Popen[bytes]) -> None:
    status = child.wait()
    with suppress(OSError), _one_line_at_a_time:  # the launcher may have ended: then nobody wants to know
        print(json.dumps({"name": name, "status": status}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
    # The launcher may be gone, and with it the reader of standard output: skip the flush that would complain.
    os._exit(0)
