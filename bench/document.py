"""`docs/performance.md` has parts, each written by a command of its own; none touches another's."""

import re
from pathlib import Path


def write_part(path: Path, command: str, text: str) -> None:
    """Put the text in the place of that command's part; at the end, if the document has none yet."""
    begin, end = f"<!-- written by {command} -->", f"<!-- end of {command} -->"
    part = f"{begin}\n\n{text.strip()}\n\n{end}"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(before):
        after = pattern.sub(lambda _: part, before)
    else:
        after = f"{before.rstrip()}\n\n{part}\n".lstrip()
    path.write_text(after, encoding="utf-8")
