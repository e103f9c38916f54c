"""The backup file: a tar of tables and files with a list of digests as its last member."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, cast

from models.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
BLOCK: Final = 1 << 20


class BackupError(ModelError):
    """A backup cannot be taken, or cannot be restored; says why and how to mend it."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Parameters
    ----------
    made_at
        When, RFC 3339.
    version
        Version of the program.
    schema
        Newest step the store had taken.
    secret
        Keyed hash by which the tenant's secret is recognised; the secret itself is not here.
    rows
        Rows by table.
    files
        Digest of every other member.
    format
        How the file is laid out.
    """

    made_at: str
    version: str
    schema: str
    secret: str
    rows: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self) -> bytes:
        """Write it as a JSON document."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True).encode()

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        """Read it back.

        Raises
        ------
        BackupError
            When it is of another layout.
        """
        document: dict[str, Any] = json.loads(content)
        if document.get("format") != FORMAT:
            raise BackupError(
                f"the backup is of layout {document.get('format')}, this version reads {FORMAT}: "
                "restore it with the version that made it"
            )
        return cls(**document)


def pack(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write everything below a folder into one file that is there whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with partial.open("xb") as stream, tarfile.open(fileobj=stream, mode="w") as tar:
            os.fchmod(stream.fileno(), 0o600)
            _add_all(tar, folder, manifest)
            content = manifest.write()
            member = tarfile.TarInfo(MANIFEST)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
            tar.close()
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _add_all(tar: tarfile.TarFile, folder: Path, manifest: Manifest) -> None:
    """Add everything below a folder, and note the digests of its files."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_file = path.is_file() and not path.is_symlink()
        if is_file:
            manifest.files[name] = digest_of(path)
        if is_file or path.is_symlink() or path.is_dir():
            tar.add(path, name, recursive=False)


def unpack(source: Path, folder: Path) -> Manifest:
    """Write what a backup holds into a folder, and check every digest.

    Raises
    ------
    BackupError
        When the file is no backup, breaks off, or holds something that was changed.
    """
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, mode="r:") as tar:
            for member in tar:
                if member.name == MANIFEST:
                    # A regular member has content.
                    manifest = Manifest.read(cast("IO[bytes]", tar.extractfile(member)).read())
                else:
                    _check(member)
                    _write(tar, member, folder)
    except (tarfile.TarError, EOFError, FileExistsError, ValueError) as error:
        raise BackupError(f"{source} is no whole backup: {error}") from None
    if manifest is None:
        raise BackupError(f"{source} breaks off before its end: take the backup again")
    found = {
        path.relative_to(folder).as_posix(): digest_of(path)
        for path in folder.rglob("*")
        if path.is_file() and not _is_below_link(path, folder)
    }
    if found != manifest.files:
        both = found | manifest.files
        wrong = sorted(name for name in both if found.get(name) != manifest.files.get(name))
        raise BackupError(f"{source} was changed: {', '.join(wrong[:3])} is not what was written")
    return manifest


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(member: tarfile.TarInfo) -> None:
    """Refuse what a backup never holds, before it touches the disk."""
    is_plain = member.isfile() or member.isdir() or member.issym()
    is_named = bool(PurePosixPath(member.name).parts)
    # A link that goes only downwards from its folder never leads out of it.
    places = (member.name, member.linkname)
    if not (is_plain and is_named) or any(_leads_out(place) for place in places):
        raise BackupError(f"{member.name} does not belong into a backup")


def _leads_out(place: str) -> bool:
    """Tell whether a place may be outside of the folder it is in.

    Examples
    --------
    >>> _leads_out("models/fraud"), _leads_out("../fraud"), _leads_out("/etc/passwd")
    (False, True, True)
    """
    path = PurePosixPath(place)
    return path.is_absolute() or ".." in path.parts


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one member, for its owner alone to change; `TarFile.extract` filters from 3.11.4 on."""
    path = folder / member.name
    if _is_below_link(path.parent, folder):
        raise BackupError(f"{member.name} does not belong into a backup: it stands below a link")
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        path.mkdir(exist_ok=True)
    elif member.issym():
        path.symlink_to(member.linkname)
    else:
        # A regular member has content.
        with cast("IO[bytes]", tar.extractfile(member)) as content, path.open("xb") as stream:
            os.fchmod(stream.fileno(), member.mode & 0o755 | 0o600)
            shutil.copyfileobj(content, stream, BLOCK)


def _is_below_link(path: Path, folder: Path) -> bool:
    """Tell whether a place is reached through a link, and so is somewhere else, too."""
    while path != folder:
        if path.is_symlink():
            return True
        path = path.parent
    return False
