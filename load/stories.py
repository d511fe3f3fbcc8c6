"""Each step's story in two sentences, made of the figures of one run: no sentence says more than they do."""

from load.comparison import Results
from load.scenarios import SCENARIOS
from load.screen import milliseconds


def stories(results: Results) -> dict[int, str]:
    """By step."""
    told = Teller(results)
    return {
        2: told.step02(),
        3: told.step03(),
        4: told.step04(),
        5: told.step05(),
        6: told.step06(),
        7: told.step07(),
    }


class Teller:
    """Puts figures into words."""

    def __init__(self, results: Results) -> None:
        self.results = results

    def rate(self, scenario: str, step: int) -> str:
        """Good answers a second."""
        value = self.results.value("throughput", scenario, step)
        return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"

    def cpu(self, scenario: str, step: int) -> str:
        """Of the server, for each answer."""
        return milliseconds(self.results.value("cpu_per_request", scenario, step))

    def times(self, measure: str, scenario: str, step: int, other: int) -> str:
        """How many times the other step's figure."""
        ours, theirs = (self.results.value(measure, scenario, one) for one in (step, other))
        return f"{ours / theirs:.1f} times" if theirs else "–"

    def beside_slow_clients(self, step: int) -> str:
        """What became of the visitors among slow clients."""
        failed = self.results.value("error_rate", "slow-clients", step)
        if failed > 0.99:
            return f"no visitor is answered within {SCENARIOS['slow-clients'].patience:g} s"
        p99 = milliseconds(self.results.value("p99", "slow-clients", step))
        return f"{failed:.0%} of the visitors' requests fail, and p99 is {p99}"

    def step02(self) -> str:
        """One at a time."""
        return (
            f"It serves one visitor after the other: {self.rate('slow', 2)} slow pages a second, whoever "
            "waits. A client who hardly speaks is a visitor like any other: beside 200 of them "
            f"{self.beside_slow_clients(2)}."
        )

    def step03(self) -> str:
        """Eight threads, one selector."""
        return (
            f"Eight threads wait side by side: {self.rate('slow', 3)} slow pages a second, "
            f"{self.times('throughput', 'slow', 3, 2)} step 02's. Slow clients wait in its selector and "
            f"occupy no thread: beside 200 of them {self.beside_slow_clients(3)}."
        )

    def step04(self) -> str:
        """What Flask costs."""
        return (
            f"Flask under gunicorn makes a front page of {self.cpu('page', 4)} of a processor, "
            f"{self.times('cpu_per_request', 'page', 4, 3)} what our own code costs at step 03. A slow "
            f"client occupies one of its eight threads: beside 200 of them {self.beside_slow_clients(4)}."
        )

    def step05(self) -> str:
        """What nginx keeps away."""
        return (
            f"nginx keeps the front page for a second, so that a visitor costs {self.cpu('page', 5)} of a "
            f"processor instead of {self.cpu('page', 4)}, mostly because Flask is not run. Slow clients wait "
            f"in nginx ({self.beside_slow_clients(5)}), and the slow page has eight threads as before: "
            f"{self.rate('slow', 5)} a second."
        )

    def step06(self) -> str:
        """What TLS costs."""
        page, file = (self.times("cpu_per_request", name, 6, 5) for name in ("page", "static"))
        return (
            f"On connections that are kept, a front page costs {page}, and a file {file} what it costs the "
            "processor at step 05 without TLS. The slow page waits for threads, not for ciphers: "
            f"{self.rate('slow', 6)} a second, {self.times('throughput', 'slow', 6, 5)} step 05's."
        )

    def step07(self) -> str:
        """What three apps and Redis bring and cost."""
        cost, ratio = self.cpu("login", 7), self.times("cpu_per_request", "login", 7, 6)
        return (
            f"Three apps have 24 threads: {self.rate('slow', 7)} slow pages a second, "
            f"{self.times('throughput', 'slow', 7, 6)} step 06's. A request of the login scenario costs "
            f"{cost} of the processors, {ratio} step 06's, with the session in Redis; the password's hash "
            "is the same."
        )
