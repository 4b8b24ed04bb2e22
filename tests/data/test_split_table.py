from __future__ import annotations

import pytest

from core.data.split_table import read_split_table
from core.errors import ConfigError, DataError


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_are_guessed_and_paths_are_relative(tmp_path):
    table = read_split_table(
        write(
            tmp_path / "t.csv",
            "\ufeffImage_Path, Partition ,dx,Patient_ID,image_id\n"
            "a/../b/1.png,train,mel,p1,i1\n2.png,test,,unknown,i2\n",
        ),
        root=tmp_path / "images",
    )
    assert table.columns == {
        "path": "Image_Path",
        "split": "Partition",
        "label": "dx",
        "patient": "Patient_ID",
        "id": "image_id",
    }
    assert table.splits == ("train", "test")
    first, second = table.rows
    assert (first.path, first.split, first.label) == ("b/1.png", "train", "mel")
    assert first.identity == {"id": "i1", "patient": "p1"}
    assert second.identity == {"id": "i2"}  # nobody is the patient "unknown"
    assert second.file == tmp_path / "images" / "2.png"


def test_named_columns_win_and_other_delimiters_are_read(tmp_path):
    text = "name;fold;image;who\n1.png;0;ignored;p1\n2.png;1;ignored;p1\n"
    path = write(tmp_path / "t.csv", text)
    table = read_split_table(path, named={"path": "name", "patient": "who"})
    assert [row.path for row in table.rows] == ["1.png", "2.png"]
    assert [dict(row.identity) for row in table.rows] == [
        {"id": "1.png", "patient": "p1"},
        {"id": "2.png", "patient": "p1"},
    ]
    assert table.rows[0].file == tmp_path / "1.png"
    tabs = write(tmp_path / "t.tsv", text.replace(";", "\t"))
    assert len(read_split_table(tabs, named={"path": "name"}).rows) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,split\n1,train\n", "no column for the path among a, split"),
        ("path,b\n1,train\n", "no column for the split among path, b"),
        ("", "no column for the path among none"),
        ("path,split\n1,train\n2,\n", "line 3: split is empty"),
        ("path,split\n,train\n", "line 2: path is empty"),
        ("path,split\n1,train\n2,train\n", r"all 2 rows are of one split \(train\)"),
    ],
)
def test_what_is_missing_is_named(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        read_split_table(write(tmp_path / "t.csv", text))


def test_files_that_are_no_table(tmp_path):
    with pytest.raises(DataError, match="not found"):
        read_split_table(tmp_path / "none.csv")
    (tmp_path / "t.csv").write_bytes(b"path,split\n\xff\xfe,train\n")
    with pytest.raises(DataError, match="not a text file"):
        read_split_table(tmp_path / "t.csv")
    path = write(tmp_path / "u.csv", "path,split\n1,train\n2,test\n")
    with pytest.raises(
        ConfigError, match=r"--patient-column who: u\.csv has no such column\. Its columns are path"
    ):
        read_split_table(path, named={"patient": "who"})
