"""Every titled block says its title where a viewer shows it."""

from pathlib import Path

import pytest

from tests.captions import caption, missing, write
from tests.documents import every_document, fences, shown


@pytest.mark.parametrize("document", every_document(), ids=shown)
def test_every_titled_block_bears_its_title_as_text(document: Path) -> None:
    assert [f"{fence.place}: {caption(fence)}" for fence in missing(document)] == []


def test_there_are_titled_blocks_of_each_kind() -> None:
    titles = [fence.title for document in every_document() for fence in fences(document) if fence.title]
    assert any(title.startswith("terminal") for title in titles)
    assert any(title.startswith("my/") for title in titles)
    assert any(title.startswith("step") for title in titles)


def test_captions_are_written_once_and_follow_their_titles(tmp_path: Path) -> None:
    document = tmp_path / "lesson.md"
    text = 'Type:\n\n```console title="terminal 1"\n$ ls\n```\n\n```python title="my/a.py"\n1\n```\n'
    document.write_text(text, encoding="utf-8")
    assert write(document) == 2
    assert write(document) == 0
    written = document.read_text(encoding="utf-8")
    assert "Type:\n\n**Terminal 1**\n\n```console" in written
    assert "\n\n**`my/a.py`**\n\n```python" in written
    document.write_text(written.replace('"terminal 1"', '"terminal 2"'), encoding="utf-8")
    assert write(document) == 1
    assert document.read_text(encoding="utf-8") == written.replace("erminal 1", "erminal 2")
