"""`make fuzz`: change requests at random, keep what reaches new code, and hold each reading against h11's.

It begins with the fixtures and with `corpus/`, what earlier runs have found worth keeping. `--save` adds what
this run has found. A finding ends the run with exit status 77 and a file `crash-…` in the scratch folder.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

INSIDE = sys.argv[1:2] == ["inside"]  # this is the program that is fuzzed
try:
    import atheris
except ImportError:
    atheris = None

with atheris.instrument_imports(include=["step02_http"]) if INSIDE and atheris else nullcontext():
    from step02_http.tests.wire import compare, fixtures, ours, same

CORPUS = Path(__file__).with_name("corpus")
LONGEST = 4096
MOST = 400  # files that one run adds to the corpus, the shortest


def judge(data: bytes) -> None:
    """Fail if h11 reads something else, or if it matters where the network splits the bytes."""
    compare(data)
    cut = sum(data[:8]) % (len(data) + 1)
    pieces = [data[:cut], data[cut:]]
    assert same(ours(pieces), ours([data])), f"split at {cut} it is another request: {data!r}"


def main() -> None:
    """Read the command line and fuzz until the time or the inputs are over."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="how long (%(default)s); 0: no end")
    parser.add_argument("--inputs", type=int, default=-1, help="how many inputs; -1: no end")
    parser.add_argument("--save", action="store_true", help="add what was found to the corpus")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        seeds, found = Path(scratch, "seeds"), Path(scratch, "found")
        seeds.mkdir()
        found.mkdir()
        for fixture in fixtures("valid") + fixtures("invalid"):
            (seeds / fixture.name).write_bytes(fixture.data)
        limits = [f"-max_total_time={options.seconds}", f"-runs={options.inputs}", f"-max_len={LONGEST}"]
        crash = f"-artifact_prefix={tempfile.gettempdir()}/"
        command = [sys.executable, "-m", __spec__.name, "inside", *limits, crash, "-print_final_stats=1"]
        status = subprocess.run([*command, str(found), str(CORPUS), str(seeds)]).returncode
        if options.save and status == 0:
            for path in sorted(found.iterdir(), key=lambda path: path.stat().st_size)[:MOST]:
                shutil.copy(path, CORPUS / f"{path.name}.http")
    sys.exit(status)


if __name__ == "__main__":
    if not atheris:
        sys.exit("atheris has no wheel for this platform or this Python; tests/test_wire.py needs none")
    if INSIDE:
        atheris.Setup([sys.argv[0], *sys.argv[2:]], judge)
        atheris.Fuzz()  # libFuzzer ends the program
    main()
