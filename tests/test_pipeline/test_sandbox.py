"""Extraction in a child process: limits that hold, errors that arrive, nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from corpora.errors import DocumentError, EncryptedPdf, ExtractionLimit, NoTextLayer, UnreadablePdf
from pipeline.extract import extract
from pipeline.sandbox import Limits, extract_safely

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
TEXT = "The provider shall draw up the technical documentation before that day."
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX limits")


def prose(path: Path, *, pages: int = 2, **options: object) -> Path:
    canvas = Canvas(str(path), pagesize=A4, **options)
    for page in range(pages):
        canvas.drawString(72, 700 - page, f"Page {page}: {TEXT}")
        canvas.showPage()
    canvas.save()
    return path


def endless(path: Path) -> Path:
    """A PDF of 4 kB whose page draws a form that draws a form … twice each, forty deep."""
    depth = 40
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /XObject << /F 5 0 R >> >> >>",
        "<< /Length 5 >>\nstream\n/F Do\nendstream",
    ]
    for level in range(depth):
        kid = f"/Resources << /XObject << /F {6 + level} 0 R >> >>" if level < depth - 1 else ""
        draw = "/F Do /F Do" if level < depth - 1 else "0 0 9 9 re f"
        objects.append(
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] {kid} /Length {len(draw)} >>\n"
            f"stream\n{draw}\nendstream"
        )
    body = "%PDF-1.4\n" + "".join(f"{n} 0 obj\n{text}\nendobj\n" for n, text in enumerate(objects, start=1))
    path.write_text(f"{body}trailer\n<< /Root 1 0 R /Size {len(objects) + 1} >>\n%%EOF\n", encoding="ascii")
    return path


def swelling(path: Path) -> Path:
    """A PDF of some 500 kB whose page content unpacks to 512 MiB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"BT ET\n  " * (1 << 17)) for _ in range(512)) + packer.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed),
    ]
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % item for item in enumerate(objects, start=1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n")
    return path


def test_the_child_says_what_the_parent_would(tmp_path: Path) -> None:
    path = prose(tmp_path / "prose é.pdf")
    assert extract_safely(path) == extract(path)


def test_a_relative_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prose(tmp_path / "prose.pdf")
    monkeypatch.chdir(tmp_path)
    assert len(extract_safely(Path("prose.pdf")).pages) == 2


def test_a_folder_named_pipeline_beside_the_user_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(extract_safely(prose(tmp_path / "prose.pdf")).pages) == 2


def test_errors_arrive_as_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "text.pdf").write_bytes(b"hello")
    with pytest.raises(UnreadablePdf, match=r"text\.pdf: not a PDF"):
        extract_safely(tmp_path / "text.pdf")
    with pytest.raises(DocumentError, match="no such file"):
        extract_safely(tmp_path / "absent.pdf")
    canvas = Canvas(str(tmp_path / "blank.pdf"))
    canvas.showPage()
    canvas.save()
    with pytest.raises(NoTextLayer):
        extract_safely(tmp_path / "blank.pdf")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_document_error(tmp_path: Path) -> None:
    path = prose(tmp_path / "closed.pdf")
    path.chmod(0)
    with pytest.raises(DocumentError, match="permission denied"):
        extract_safely(path)


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        extract_safely(tmp_path)


def test_the_password_reaches_the_child(tmp_path: Path) -> None:
    path = prose(tmp_path / "locked.pdf", encrypt=StandardEncryption("sécret"))
    with pytest.raises(EncryptedPdf, match="--password"):
        extract_safely(path)
    with pytest.raises(EncryptedPdf, match="wrong"):
        extract_safely(path, password="guess")
    assert TEXT in extract_safely(path, password="sécret").blocks[0].text


def test_limits_grow_with_the_file() -> None:
    limits = Limits(memory=1, cpu=10, wall=20, seconds_per_mebibyte=3).scaled(2 << 20)
    assert (limits.memory, limits.cpu, limits.wall, limits.seconds_per_mebibyte) == (1, 16, 26, 0)


def test_the_wall_limit_ends_a_page_without_end(tmp_path: Path) -> None:
    with pytest.raises(ExtractionLimit, match=r"wall limit"):
        extract_safely(endless(tmp_path / "endless.pdf"), limits=Limits(wall=1.5))


@posix
def test_the_cpu_limit_ends_a_page_without_end(tmp_path: Path) -> None:
    with pytest.raises(ExtractionLimit, match=r"CPU limit|memory limit"):
        extract_safely(endless(tmp_path / "endless.pdf"), limits=Limits(cpu=1))


@linux
def test_the_memory_limit_ends_a_stream_that_swells(tmp_path: Path) -> None:
    limits = Limits(memory=300 << 20, wall=60)
    with pytest.raises(ExtractionLimit, match=r"memory limit"):
        extract_safely(swelling(tmp_path / "bomb.pdf"), limits=limits)


def test_threads_extract_at_the_same_time(tmp_path: Path) -> None:
    paths = [prose(tmp_path / f"{number}.pdf", pages=number) for number in range(1, 5)]
    with ThreadPoolExecutor(2) as pool:
        assert [len(document.pages) for document in pool.map(extract_safely, paths)] == [1, 2, 3, 4]


SLOW_PARENT = """
import sys
from pathlib import Path
from pipeline.sandbox import extract_safely
extract_safely(Path(sys.argv[1]), password="open-sesame")
"""


def start_parent(path: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A process that waits for an endless extraction, and the process id of its child."""
    parent = subprocess.Popen([sys.executable, "-c", SLOW_PARENT, str(path)], cwd=ROOT, stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = children.read_text().split()
        if found and b"_serve" in Path(f"/proc/{found[0]}/cmdline").read_bytes():
            time.sleep(0.5)
            return parent, int(found[0])
        time.sleep(0.05)
    parent.kill()
    raise AssertionError("no child was started")


def is_gone(process_id: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@linux
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_child_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    parent, child = start_parent(endless(tmp_path / "endless.pdf"))
    parent.send_signal(how)
    parent.wait(10)
    assert is_gone(child)


@linux
def test_the_password_is_not_on_the_command_line(tmp_path: Path) -> None:
    parent, child = start_parent(endless(tmp_path / "endless.pdf"))
    try:
        told = Path(f"/proc/{child}/cmdline").read_bytes() + Path(f"/proc/{child}/environ").read_bytes()
        assert b"open-sesame" not in told
    finally:
        parent.kill()
        parent.wait(10)


def outcomes() -> list[tuple[str, type[Exception] | None]]:
    scans = "scan-fr-francais scan-skew scan-cardinal-4-rotations scan-jbig2 blank-scan no-contents enormous-page"
    locked = "enc-rc4-40 encrypted-arturt enc-user-password password-unstructured"
    read = "rtl-01 two-column-pdftotext-issue table-warn-report bad-trailer-bad5 invalid-structure-one-page"
    return [
        *((name, NoTextLayer) for name in scans.split()),
        *((name, EncryptedPdf) for name in locked.split()),
        ("zero-byte", UnreadablePdf),
        *((name, None) for name in read.split()),
    ]


@pytest.mark.parametrize(("name", "error"), outcomes())
def test_awkward_files_have_their_outcome(name: str, error: type[Exception] | None) -> None:
    path = SHARED / "awkward" / f"{name}.pdf"
    if not path.exists():
        pytest.skip("needs ../shared/awkward")
    if error is None:
        assert extract_safely(path).blocks
    else:
        with pytest.raises(error):
            extract_safely(path)


def test_every_awkward_file_ends_in_a_document_or_an_error_of_ours() -> None:
    paths = sorted((SHARED / "awkward").glob("*.pdf"))
    if not paths:
        pytest.skip("needs ../shared/awkward")
    for path in paths:
        try:
            outcome = str(len(extract_safely(path).blocks))
        except DocumentError as error:
            outcome = f"{type(error).__name__} {error}"
        assert "\n" not in outcome
        assert not outcome.startswith(("0", "ExtractionLimit")), path.name
