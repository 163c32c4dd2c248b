"""A pytest plugin (`-p tests.faults.table`) that keeps a row for each run, and their table.

A test gives its figures with pytest's own `record_property`. Of a function with several cases,
whole numbers are summed, and of others, such as seconds, the largest is kept.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

VARIABLE = "KMS_TEST_TABLE"
"""Names the file for the rows, in JSON."""

HEAD = ("run", "database", "figures", "seconds", "outcome")

SINGLE_ROOMS = ("tests/faults", "tests/production")

Figure = int | float


@dataclass(slots=True)
class Row:
    """What became of one test function, or of one room; `name` is its sentence."""

    name: str
    database: str
    seconds: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, report: pytest.TestReport) -> None:
        """Count one phase of one case."""
        self.seconds += report.duration
        outcome = _outcome(report)
        if outcome:
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if report.when == "call":
            for name, value in report.user_properties:
                self._note(name, value)

    @property
    def cells(self) -> tuple[str, ...]:
        figures = ", ".join(f"{_shown(value)} {name}" for name, value in self.figures.items())
        outcome = ", ".join(f"{count} {name}" for name, count in self.outcomes.items())
        return (self.name, self.database, figures, f"{self.seconds:.0f}", outcome)

    def _note(self, name: str, value: object) -> None:
        if isinstance(value, float):
            self.figures[name] = max(self.figures.get(name, 0.0), value)
        elif isinstance(value, int):
            self.figures[name] = self.figures.get(name, 0) + value


class Table:
    """The rows of one test run, in the order in which its functions first reported."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._rows: dict[str, Row] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = _name(report.nodeid)
        row = self._rows.setdefault(name, Row(name, self._database))
        row.add(report)

    def pytest_sessionfinish(self) -> None:
        Path(os.environ[VARIABLE]).write_text(json.dumps([asdict(r) for r in self._rows.values()]))


def pytest_configure(config: pytest.Config) -> None:
    if VARIABLE in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        is_postgresql = os.environ.get("KMS_TEST_DATABASE") == "postgresql"
        config.pluginmanager.register(Table("PostgreSQL" if is_postgresql else "SQLite"))


def read(path: Path) -> list[Row]:
    """The rows that a run left; none if it died before it could."""
    return [Row(**row) for row in json.loads(path.read_text())] if path.exists() else []


def markdown(rows: Iterable[Row]) -> str:
    """The table, for a terminal and for a page alike."""
    lines = [HEAD, ("---", "---", "---", "---:", "---"), *(row.cells for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _name(node_id: str) -> str:
    """A sentence for each function whose figures count; other rooms have one row each."""
    place, _, function = node_id.partition("[")[0].rpartition("::")
    room = "/".join(place.split("/")[:2])
    if room not in SINGLE_ROOMS:
        return room if room == "tests/abuse" else place
    return function.removeprefix("test_").replace("_", " ")


def _outcome(report: pytest.TestReport) -> str:
    """Once for each case: how its call ended, or why there was none."""
    if report.when == "call" or report.skipped:
        return report.outcome
    return "broken" if report.failed else ""


def _shown(value: Figure) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"
