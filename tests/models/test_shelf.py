"""The label of the shelf is what the docstrings say."""

from pathlib import Path

from compute_lp.shelf import label

README = Path(__file__).parents[2] / "models" / "README.md"


def test_the_label_is_printed_from_the_docstrings() -> None:
    assert README.read_text(encoding="utf-8") == label(), "run: python -m compute_lp.shelf > models/README.md"
