from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from models.artifacts import Artifact, load, save
from models.errors import ArtifactError, FeatureMismatchError

if TYPE_CHECKING:
    from pathlib import Path

DEFINITIONS = {"order__value_minor": "aaa", "buyer__order_count__7d": "bbb", "order__spare": "ccc"}


def artifact(**changes: Any) -> Artifact:
    document = {
        "name": "fraud",
        "features": [
            {"name": "order__value_minor", "hash": "aaa"},
            {"name": "buyer__order_count__7d", "hash": "bbb"},
        ],
    }
    return Artifact(
        document | changes,
        texts={"model.txt": "tree\n", "model_1.txt": "another tree\n"},
        arrays={"knots": np.array([0.0, 0.5, 1.0])},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path / "fraud", artifact())
    return tmp_path / "fraud"


def test_what_was_saved_is_loaded(folder: Path) -> None:
    loaded = load(folder, definitions=DEFINITIONS)

    assert loaded.document == artifact().document
    assert dict(loaded.texts) == {"model.txt": "tree\n", "model_1.txt": "another tree\n"}
    assert loaded.arrays["knots"].tolist() == [0.0, 0.5, 1.0]


def test_the_same_content_has_the_same_digest(tmp_path: Path) -> None:
    first = save(tmp_path / "one", artifact())
    second = save(tmp_path / "two", artifact())

    assert first.digest == second.digest
    assert len(first.version) == 12


@pytest.mark.parametrize("name", ["model.txt", "model_1.txt", "model.json", "knots.npy"])
def test_one_changed_byte_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))

    with pytest.raises(ArtifactError, match=f"{name}: changed since it was saved"):
        load(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "model.txt").unlink()

    with pytest.raises(ArtifactError, match=r"model\.txt: listed in SHA256SUMS but missing"):
        load(folder)


def test_an_unlisted_file_is_refused(folder: Path) -> None:
    (folder / "extra.txt").write_text("more")

    with pytest.raises(ArtifactError, match=r"extra\.txt: not listed"):
        load(folder)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.skops", "model.txt"])
def test_a_pickle_is_refused_under_any_name(folder: Path, name: str) -> None:
    (folder / name).write_bytes(pickle.dumps({"a": 1}))

    with pytest.raises(ArtifactError, match="looks like a pickle"):
        load(folder)


def test_a_listed_pickle_is_refused_too(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps({"a": 1}))
    with (folder / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  model.pkl\n")

    with pytest.raises(ArtifactError, match="looks like a pickle"):
        load(folder)


def test_a_name_that_leaves_the_folder_is_refused(folder: Path) -> None:
    with (folder / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  ../other/model.txt\n")

    with pytest.raises(ArtifactError, match="not listed"):
        load(folder)


def test_an_array_of_objects_is_refused(folder: Path) -> None:
    odd = Artifact({"name": "x"}, arrays={"odd": np.array([{"a": 1}], dtype=object)})

    with pytest.raises(ValueError, match="Object arrays"):
        save(folder.parent / "odd", odd)

    assert [path.name for path in folder.parent.iterdir()] == ["fraud"]


def test_a_folder_without_sums_is_no_artifact(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no SHA256SUMS"):
        load(tmp_path)


def test_another_definition_names_the_feature_that_changed(folder: Path) -> None:
    known = DEFINITIONS | {"buyer__order_count__7d": "other"}

    with pytest.raises(FeatureMismatchError, match="another definition of: buyer__order_count__7d"):
        load(folder, definitions=known)


def test_a_feature_that_is_gone_is_named(folder: Path) -> None:
    with pytest.raises(FeatureMismatchError) as caught:
        load(folder, definitions={"order__value_minor": "aaa"})

    assert caught.value.missing == {"buyer__order_count__7d"}
    assert caught.value.changed == frozenset()


def test_saving_again_replaces_the_whole_folder(folder: Path) -> None:
    save(folder, Artifact({"name": "fraud", "features": []}))

    assert sorted(path.name for path in folder.iterdir()) == ["SHA256SUMS", "model.json"]
    assert [path.name for path in folder.parent.iterdir()] == ["fraud"]


def test_another_format_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "new", Artifact({"format": 99}))

    with pytest.raises(ArtifactError, match="format 99 is not 1"):
        load(tmp_path / "new")
