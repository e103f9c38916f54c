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
BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
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


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_command_stands_in_the_table_of_a_readme(name: str) -> None:
    rows = re.findall(r"^\| `orderintel (.*?) \|", (ROOT / name).read_text("utf-8"), re.MULTILINE)

    assert sorted(re.findall(r"[a-z]+", " ".join(rows))) == sorted(COMMANDS)


def test_calls_that_send_a_body_say_what_it_is() -> None:
    calls = [
        call
        for document in DOCUMENTS
        for block in BLOCK.findall(document.read_text("utf-8"))
        for call in re.findall(r"^curl .*", block.replace("\\\n", " "), re.MULTILINE)
        if " -d " in call
    ]
    said = re.compile(r"Content-Type: application/json|\$json")

    assert len(calls) >= 4
    assert [call for call in calls if not said.search(call)] == []


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
