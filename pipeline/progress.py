"""A run's progress on stderr: a bar on a terminal, plain lines for what needs attention."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from corpora.output import for_terminal
from pipeline.prepare import Prepared, Source
from pipeline.run import Outcome, Status


class ProgressBar:
    """Documents done, pages, passages per second and time left; an :class:`pipeline.run.Observer`.

    Time left supposes that the files not yet opened hold as many passages per byte as the others.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = console = Console(stderr=True, highlight=False, soft_wrap=True)
        level = logging.getLogger("regloupe").getEffectiveLevel()
        self._verbose = level <= logging.DEBUG
        self._quiet = quiet = level > logging.INFO
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[figures]}"),
            console=console,
            disable=quiet or not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=None, figures="")
        self._sizes: dict[object, int] = {}
        self._documents = self._done = self._pages = self._embedded = self._prepared = 0
        self._bytes_left = self._bytes_opened = 0
        self._started = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def sources_found(self, sources: Sequence[Source]) -> None:
        self._documents = len(sources)
        self._sizes = {source.path: source.size for source in sources}
        self._bytes_left = sum(self._sizes.values())
        self._refresh()

    def source_prepared(self, prepared: Prepared) -> None:
        self._open(prepared.source.path)
        self._pages += prepared.pages
        self._prepared += prepared.passages
        self._started = self._started or time.monotonic()
        self._refresh()

    def passages_embedded(self, count: int) -> None:
        self._embedded += count
        self._refresh()

    def source_finished(self, outcome: Outcome) -> None:
        self._open(outcome.path)
        if outcome.path in self._sizes:
            self._done += 1
        self._print(outcome)
        self._refresh()

    def _open(self, path: object) -> None:
        size = self._sizes.get(path, 0)
        self._sizes[path] = 0
        self._bytes_left -= size
        self._bytes_opened += size

    def _print(self, outcome: Outcome) -> None:
        if outcome.status is Status.FAILED:
            self._console.print(f"[red]failed[/red]    {_plain(outcome.message)}")
        elif outcome.status is Status.REPLACED and not self._quiet:
            note = f"replaced  {outcome.path.name}: the file changed; {_figures(outcome)} take the old one's place"
            self._console.print(_plain(note))
        elif self._verbose or (outcome.status is Status.UPDATED and not self._quiet):
            line = f"{outcome.status.value:<9} {outcome.path.name} {_figures(outcome)}"
            self._console.print(_plain(line))

    def _refresh(self) -> None:
        expected = self._expected_passages()
        self._bar.update(
            self._task,
            description=f"{self._done}/{self._documents} documents",
            total=expected or None,
            completed=self._embedded,
            figures=self._rate_and_time_left(expected),
        )

    def _expected_passages(self) -> float:
        if not self._bytes_opened:
            return 0.0
        return self._prepared * (1 + self._bytes_left / self._bytes_opened)

    def _rate_and_time_left(self, expected: float) -> str:
        pages = f"{self._pages:,} pages"
        elapsed = time.monotonic() - self._started
        if not self._embedded or not elapsed:
            return pages
        rate = self._embedded / elapsed
        left = max(expected - self._embedded, 0) / rate
        return f"{pages} · {rate:.0f} passages/s · {int(left // 60)}:{int(left % 60):02d} left"


def _figures(outcome: Outcome) -> str:
    return f"({outcome.pages:,} pages, {outcome.passages:,} passages)" if outcome.passages else ""


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(for_terminal(text))
