"""The key file: one key for all who ask, whenever they ask."""

import multiprocessing
import stat
from pathlib import Path

from step04_flask.secret import persistent_key


def test_the_key_outlives_the_process_that_made_it(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "secret_key"
    key = persistent_key(path)
    assert len(key) == 64
    assert persistent_key(path) == key


def test_only_the_owner_may_read_the_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.touch(0o644)
    persistent_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_was_cut_short_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    path.write_text("abc")
    key = persistent_key(path)
    assert len(key) == 64
    assert path.read_text() == key


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as processes:
        keys = processes.map(persistent_key, [tmp_path / "secret_key"] * 40, chunksize=1)
    assert len(set(keys)) == 1
