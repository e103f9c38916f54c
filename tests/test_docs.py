"""What the documents tell people to type is really there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from serving.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SOURCES = sorted(
    path
    for room in ("features", "models", "serving", "tests")
    for path in (ROOT / room).rglob("*.py")
)
MODULE = re.compile(r"python -m ((?:features|models|serving|tests)(?:\.\w+)*)")
COMMAND = re.compile(r"orderintel ([a-z]+)((?: [^\n`|#]+)?)")


def commands(document: Path) -> set[tuple[str, str, tuple[str, ...]]]:
    """Collect each command of a document with the word after it and the long options it is given.

    The word may be a command of the command's own, as in ``orderintel rules check``.
    """
    return {
        (name, (rest.split() or [""])[0], tuple(sorted(set(re.findall(r"--[a-z][a-z-]*", rest)))))
        for name, rest in COMMAND.findall(document.read_text("utf-8"))
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_options_in_documents_exist(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, word, options in sorted(commands(document)):
        assert name in COMMANDS, f"{document.name}: orderintel {name}"
        main([name, *([word] if word.isalpha() else []), "--help"])
        page = capsys.readouterr().out
        missing = [option for option in options if option not in page]
        assert missing == [], f"{document.name}: orderintel {name} has no {missing}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_files_resolve(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8"))

    broken = [target for target in targets if not (document.parent / target).exists()]

    assert broken == []


def test_modules_that_are_told_to_run_can_be_run() -> None:
    named = {
        (path.relative_to(ROOT), module)
        for path in (*DOCUMENTS, *SOURCES)
        for module in MODULE.findall(path.read_text("utf-8"))
    }

    files = [ROOT.joinpath(*module.split(".")) for _, module in named]

    assert len(named) > 40
    assert [
        found
        for found, file in zip(named, files, strict=True)
        if not (file.with_suffix(".py").is_file() or (file / "__main__.py").is_file())
    ] == []
