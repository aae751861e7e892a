"""Pages as whoever follows them reads them: their blocks in order, what is said just before each, and their links."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LANGUAGES: Final = frozenset({"sh", "text", "python", "html", "po", "json", "toml", "nginx", "mermaid"})
COMMANDS: Final = "sh"
_FENCE: Final = re.compile(r"^```(.*)$")
_COMMENT: Final = re.compile(r"^<!-- (.+) -->$")
_SPANS: Final = re.compile(r"`[^`]*`")
_LINK: Final = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block. `said` is the last line of prose before it, `mark` the comment between the two, "" where there is
    none; `line` where it begins, counted from 1.
    """

    page: str
    line: int
    language: str
    text: str
    said: str
    mark: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page of this repository, the README first."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [
        ROOT / name for name in sorted(listed, key=lambda name: (name != "README.md", name)) if (ROOT / name).exists()
    ]


def blocks_of(page: Path) -> Iterator[Code]:
    """Its fenced blocks, from the top down."""
    name, lines = page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8").splitlines()
    opened, language, said, mark = 0, "", "", ""
    for number, line in enumerate(lines, start=1):
        fence = _FENCE.match(line)
        if fence and opened:
            yield Code(name, opened, language, "\n".join(lines[opened : number - 1]) + "\n", said, mark)
            opened, said, mark = 0, "", ""
        elif fence:
            opened, language = number, fence.group(1).strip()
        elif not opened and line.strip():
            comment = _COMMENT.match(line)
            said, mark = (said, comment.group(1)) if comment else (line.strip(), "")


def prose_of(page: Path) -> list[str]:
    """Its lines without the fenced blocks, which are left blank."""
    kept, is_inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        is_fence = bool(_FENCE.match(line))
        kept.append("" if is_inside or is_fence else line)
        is_inside ^= is_fence
    return kept


def links_of(page: Path) -> list[str]:
    """Where its links and pictures lead, as written."""
    text = _SPANS.sub("", "\n".join(prose_of(page)))
    return [first or second for first, second in _LINK.findall(text)]


def anchors_of(page: Path) -> set[str]:
    """The names by which GitHub leads to its headings; of two alike the second ends in -1."""
    found: dict[str, int] = {}
    names = set()
    for line in prose_of(page):
        if heading := re.match(r"#{1,6} (.+)", line):
            name = _anchor(heading.group(1))
            seen = found.get(name, 0)
            found[name] = seen + 1
            names.add(f"{name}-{seen}" if seen else name)
    return names


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
