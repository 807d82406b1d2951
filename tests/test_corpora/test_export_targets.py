"""Files appear whole or not at all, whatever goes wrong."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from corpora.errors import StorageError
from corpora.targets import writing_to


def write(target: Path | str, text: str = "été\n") -> None:
    with writing_to(target) as stream:
        stream.write(text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_utf8_with_the_newlines_given(tmp_path: Path) -> None:
    write(tmp_path / "out.csv", "été\r\nb\n")
    assert (tmp_path / "out.csv").read_bytes() == "été\r\nb\n".encode()
    assert names(tmp_path) == ["out.csv"]


def test_an_existing_file_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    target.chmod(0o640)
    write(target)
    assert target.read_text(encoding="utf-8") == "été\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    write(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    real = tmp_path / "there" / "real.csv"
    real.write_text("old")
    (tmp_path / "link.csv").symlink_to(real)
    write(tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert real.read_text(encoding="utf-8") == "été\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(error):
        write_half(target, error)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["out.csv"]


def write_half(target: Path, error: type[BaseException]) -> None:
    with writing_to(target) as stream:
        stream.write("half a row")
        raise error


def test_an_error_about_another_file_is_not_blamed_on_the_target(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing_to(tmp_path / "out.csv"):
        (tmp_path / "other").read_text()
    assert names(tmp_path) == []


def test_a_missing_folder_and_a_folder_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"out\.csv: its folder does not exist"):
        write(tmp_path / "absent" / "out.csv")
    with pytest.raises(StorageError, match="is a folder"):
        write(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="its folder does not exist"):
        write(tmp_path / "file" / "out.csv")
    with pytest.raises(StorageError, match="name is too long"):
        write(tmp_path / ("x" * 300))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_devices_are_written_as_they_are() -> None:
    write("/dev/null")
    assert not Path("/dev/null").is_file()
    with pytest.raises(StorageError, match="the disk is full"):
        write("/dev/full", "x" * 100_000)


FULL_DISK = """
import resource, sys
from pathlib import Path
from corpora.errors import StorageError
from corpora.targets import writing_to
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    with writing_to(sys.argv[1]) as stream:
        for _ in range(100):
            stream.write("x" * 10_000)
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a file size limit")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(target)], capture_output=True, text=True, check=True)
    assert "the disk is full, so nothing was written" in done.stdout
    assert target.read_text() == "old"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions of POSIX")
def test_no_permission_is_one_line(tmp_path: Path) -> None:
    for parent in (tmp_path, *tmp_path.parents):  # pytest keeps its folders to their owner
        if "pytest" in str(parent):
            parent.chmod(0o755)
    tmp_path.chmod(0o555)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if os.getuid() == 0:  # who may write anywhere
            os.setuid(65534)
        try:
            write(tmp_path / "out.csv")
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    tmp_path.chmod(0o755)
    with os.fdopen(reader, encoding="utf-8") as stream:
        assert re.fullmatch(r"StorageError: .*out\.csv: cannot be written: no permission, or .*", stream.read())
    assert names(tmp_path) == []


# A run in the background, as in some CI, begins with SIGINT ignored; a user's terminal does not.
INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from corpora.targets import writing_to
with writing_to(sys.argv[1]) as stream:
    stream.write("half a row")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_leaves_no_half_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(target)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
    assert names(tmp_path) == []


TO_STANDARD_OUTPUT = """
from corpora.targets import writing_to
print("before")
with writing_to("-") as stream:
    stream.write("\\ufeff\\u00e9t\\u00e9;\\r\\n")
"""


def test_standard_output_takes_the_bytes_as_they_are() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", TO_STANDARD_OUTPUT], capture_output=True, check=True, env=environment)
    assert done.stdout.split(b"\n", 1) == [b"before", "\ufeffété;\r\n".encode()]


def test_a_reader_that_has_gone_is_not_a_full_disk() -> None:
    code = "from corpora.targets import writing_to\nwith writing_to('-') as s: s.write('x' * 1_000_000)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"BrokenPipeError" in process.stderr.read()
