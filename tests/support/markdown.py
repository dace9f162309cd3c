"""What Markdown says of a repository, held against its files: paths, links, make targets, modules and tests."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from posixpath import normpath
from typing import Final

_FENCE: Final = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN: Final = re.compile(r"`([^`]+)`")
_LINK: Final = re.compile(r"\]\(([^)\s]+)[^)]*\)")
_TARGET: Final = re.compile(r"(?<![\w./-])make (?:--?\S+ )*([a-z][a-z-]*)")
_MODULE: Final = re.compile(r"python[\d.]* -m ([\w.]+)")
_FILE_NAME: Final = re.compile(r"[\w-]+\.(?:py|toml|md|sql|yml)")
_PLACEHOLDER: Final = re.compile(r"<[^>]*>|\{[^}]*\}|…|\.\.\.|\b[A-Z][A-Z_]*\b(?!\.md)")


@dataclass(frozen=True)
class Repository:
    """A folder and the files of it that count.

    Parameters
    ----------
    files
        Relative to `root`. What a command makes is not among them, and nothing is said of it.
    """

    root: Path
    files: Sequence[Path]

    def faults(self) -> list[str]:
        """Everything that a Markdown file names and that is not there, as ``FILE:LINE: what``."""
        return [
            f"{document.as_posix()}:{line}: {what}"
            for document in self.files
            if document.suffix == ".md"
            for line, what in sorted(set(self._faults_of(document)))
        ]

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder; a placeholder or a star stands for any name."""
        wanted = path.rstrip("/") or "."
        if wanted in self._paths:
            return True
        pattern = _PLACEHOLDER.sub("*", wanted).rstrip("/")
        return "*" in pattern and any(
            name.count("/") == pattern.count("/") and fnmatchcase(name, pattern) for name in self._paths
        )

    @cached_property
    def _paths(self) -> set[str]:
        """All files and folders."""
        return {above.as_posix() for path in self.files for above in (path, *path.parents)}

    def _faults_of(self, document: Path) -> Iterator[tuple[int, str]]:
        text = (self.root / document).read_text(encoding="utf-8")
        prose = _FENCE.sub(lambda fence: re.sub(r"[^\n]", " ", fence[0]), text)
        for number, line in _lines(text, _FENCE):
            yield from ((number, what) for what in self._faults_of_code(re.sub(r"(^|\s)#.*", "", line)))
        for span in _SPAN.finditer(prose):
            code = " ".join(span[1].split())
            named = code if _FILE_NAME.fullmatch(code) else ""
            whats = self._faults_of_code(code)
            if named and all(path.name != named for path in self.files):
                whats = [*whats, f"no file is named {named}"]
            yield from ((_line_of(text, span.start()), what) for what in whats)
        for link in _LINK.finditer(prose):
            yield from ((_line_of(text, link.start()), what) for what in self._faults_of_link(document, link[1]))

    def _faults_of_code(self, code: str) -> list[str]:
        found = [f"no target {target} in the Makefile" for target in _TARGET.findall(code) if not self._makes(target)]
        found += [f"no module {module}" for module in _MODULE.findall(code) if not self._runs(module)]
        for path, test in self._named_paths(code):
            if not self.has(path):
                found.append(f"no {path}")
            elif test and not self._tests(path, test):
                found.append(f"no test {test} in {path}")
        return found

    def _named_paths(self, code: str) -> Iterator[tuple[str, str]]:
        """Paths below one of the top folders, each with the test that follows it, or nothing."""
        tops = "|".join(sorted({re.escape(path.parts[0]) for path in self.files if len(path.parts) > 1}))
        for found in re.finditer(rf"(?<![\w./<>{{}}*$-])(?:{tops})/[^\s'\"(),;:|\[\]]*(?:::(\w+))?", code):
            yield found[0].partition("::")[0].removesuffix("."), found[1] or ""

    def _faults_of_link(self, document: Path, link: str) -> list[str]:
        if re.match(r"\w+:", link):
            return []
        path, _, anchor = link.partition("#")
        target = normpath((document.parent / path).as_posix() if path else document.as_posix())
        if not self.has(target):
            return [f"link to {link}: no {target}"]
        if anchor and target.endswith(".md") and anchor not in self._anchors(target):
            return [f"link to {link}: no such heading"]
        return []

    def _anchors(self, path: str) -> set[str]:
        """Anchors of headings, made as GitHub makes them."""
        text = _FENCE.sub("", (self.root / path).read_text(encoding="utf-8"))
        headings = re.findall(r"^#+ (.+?)\s*$", text, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def _makes(self, target: str) -> bool:
        makefile = (self.root / "Makefile").read_text(encoding="utf-8")
        return re.search(rf"^{re.escape(target)}\s*:(?!=)", makefile, re.MULTILINE) is not None

    def _runs(self, module: str) -> bool:
        """Whether a module of the repository, of a project inside it, or of an installed package can be run."""
        path = module.replace(".", "/")
        for project in ("", "localstack/aws_provider/", "localstack/plugins/"):
            if self.has(project + path.partition("/")[0]):
                return self.has(f"{project}{path}.py") or self.has(f"{project}{path}/__main__.py")
        return find_spec(module.partition(".")[0]) is not None

    def _tests(self, path: str, test: str) -> bool:
        text = (self.root / path).read_text(encoding="utf-8")
        return re.search(rf"^\s*(?:async )?(?:def|class) {test}\b", text, re.MULTILINE) is not None


def _lines(text: str, block: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Lines inside blocks, with their numbers in the text."""
    for found in block.finditer(text):
        first = _line_of(text, found.start(1))
        yield from enumerate(found[1].splitlines(), start=first)


def _line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
