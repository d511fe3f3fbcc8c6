"""The generator's own ceiling: how much it can send and count where the server costs next to nothing.

The server is one of `make bench`: it reads nothing with care, and answers from a can.
"""

from bench.measure import running
from bench.peers import PEERS
from load.generator import Order, generate
from load.sites import Aim

CANNED = next(peer for peer in PEERS if peer.name == "sockets, a thread each")
USERS, PATIENCE = 20, 5.0


def measure_ceiling(seconds: float, processes: int = 1) -> float:
    """Requests a second.

    Nearly all of the time is the generator's, so it is what the generator can do at best.
    """
    with running(CANNED) as server:
        aim = Aim(0, f"http://127.0.0.1:{server.port}")
        return generate(Order(aim, ("Page",), USERS, seconds, PATIENCE, processes=processes)).throughput
