"""What a run says on stderr."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipeline.progress import ProgressBar
from pipeline.run import Outcome, Status


@pytest.mark.parametrize("status", [Status.FAILED, Status.REPLACED])
def test_a_file_name_cannot_steer_the_terminal(
    status: Status, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = Path("/reports/red\x1b[31m[bold]\x07.pdf")
    caplog.set_level(logging.INFO, "regloupe")
    with ProgressBar() as bar:
        bar.source_finished(Outcome(path, status, message=f"{path}: no PDF"))
    said = capsys.readouterr().err
    assert "red\ufffd[31m[bold]\ufffd.pdf" in said
    assert "\x1b" not in said
