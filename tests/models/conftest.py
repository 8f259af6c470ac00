"""Options of the tests of the programme."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        default=False,
        help="write tests/models/golden/*.lp anew from the programme as it is; then read what has changed",
    )
