from __future__ import annotations

import pickle

from core.errors import DataError


def test_an_error_reaches_another_process_whole() -> None:
    error = pickle.loads(pickle.dumps(DataError("file.png", "it is empty", "Choose another")))
    assert type(error) is DataError
    assert str(error) == "file.png: it is empty. Choose another."
    assert error.remedy == "Choose another"
