import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from combo_dl.core.errors import ComboError, FormatError, InputError
from combo_dl.core.study import Source, Study
from combo_dl.core.study_files import read_study, study_digest, write_study


@pytest.fixture
def folder(tiny_study, tmp_path):
    source = Source(file="rows.csv", sha256="0" * 64, licence="none stated", origin="a page")
    told = replace(tiny_study.provenance, sources=(source,), citation="one")
    wells = pa.table({"dose_um": [0.5, 2.0], "drug": ["a", "b"]})
    write_study(replace(tiny_study, provenance=told, tables={"wells": wells}), tmp_path / "study")
    return tmp_path / "study"


def test_disk_and_back(tiny_study, folder):
    back = read_study(folder)
    assert study_digest(back) == study_digest(tiny_study)
    assert back.provenance.flow == tiny_study.provenance.flow
    assert back.provenance.sources[0].licence == "none stated"
    assert back.profiles.fields == tiny_study.profiles.fields
    assert back.tables["wells"]["dose_um"].to_pylist() == [0.5, 2.0]
    for name in ("drugs", "dose", "profile", "weight", "group", "day"):
        one, other = getattr(back.combos, name), getattr(tiny_study.combos, name)
        assert one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True), name
    assert np.array_equal(back.columns["fold_comb"], tiny_study.columns["fold_comb"])


@pytest.mark.parametrize("name", ["combos.parquet", "profiles.parquet", "table_wells.parquet"])
def test_a_changed_or_missing_file_is_refused(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-9] + b"x" + content[-8:])
    with pytest.raises(FormatError, match=f"{name} was changed"):
        read_study(folder)
    (folder / name).unlink()
    with pytest.raises(FormatError, match=f"lacks '{name}'"):
        read_study(folder)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": 2}, "has study format 2; this version reads 1"),
        ({"files": {"../rows": "0"}}, "lacks '../rows'"),
        ({"files": []}, "broken study"),
        ({"tables": ["gone"]}, "broken study"),
        ({"drugs": ["only"]}, "broken study .*24|broken study .*SMILES"),
        ({"labels": {"synergy_loewe": 2}}, "broken study"),
        ({"columns": ["none"]}, "broken study"),
        ({"provenance": {}}, "broken study .*sources"),
        ({"fields": [{}]}, "broken profile field"),
        ({"space": "mouse"}, "profile space 'mouse'"),
    ],
)
def test_a_changed_header_is_refused(folder, changed, message):
    header = json.loads((folder / "study.json").read_text())
    (folder / "study.json").write_text(json.dumps(header | changed))
    with pytest.raises(FormatError, match=message):
        read_study(folder)


def test_no_study_is_one_error(tmp_path):
    with pytest.raises(FormatError, match=r"no study at .*; expected a folder with study.json"):
        read_study(tmp_path)


def test_a_folder_of_other_files_is_not_replaced(tiny_study, folder):
    write_study(tiny_study, folder)
    mine = folder.parent / "mine" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("as it was")
    with pytest.raises(ComboError, match=r"mine holds files and no study.json, and would be"):
        write_study(tiny_study, mine.parent)
    with pytest.raises(ComboError, match=r"notes.txt is a file, and would be replaced"):
        write_study(tiny_study, mine)
    assert mine.read_text() == "as it was"


def test_a_faulty_study_is_not_written(tiny_study, tmp_path):
    with pytest.raises(InputError, match="SMILES"):
        write_study(replace(tiny_study, smiles=()), tmp_path / "study")
    assert not list(tmp_path.iterdir())


def test_the_digest_follows_the_content(tiny_study):
    def digest_with(**changed) -> str:
        return study_digest(replace(tiny_study, **changed))

    labels = {k: v + np.float32(1) for k, v in tiny_study.combos.labels.items()}
    other = replace(tiny_study.combos, labels=labels)
    found = {digest_with(), digest_with(version="2"), digest_with(combos=other)}
    assert len(found) == 3 and digest_with() in found


def test_a_study_without_profiles_survives(tiny_study, tmp_path):
    frame, _ = tiny_study.to_frames()
    bare = Study.from_frames(frame, name="bare", labels={"synergy_loewe": ["synergy_loewe"]})
    write_study(bare, tmp_path / "bare")
    assert study_digest(read_study(tmp_path / "bare")) == study_digest(bare)
