"""Draws docs/search.svg: what a search on the sample reports prints in a terminal.

python docs/make_picture.py      (after `make demo`, from the project's root)
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 96
COMMAND = ["regloupe", "search", "Que doit surveiller l’hôpital après le déploiement d’un outil ?", "-k", "3"]

if __name__ == "__main__":
    environment = {
        **os.environ,
        "REGLOUPE_HOME": str(ROOT / "demo" / "home"),
        "FORCE_COLOR": "1",
        "COLUMNS": str(WIDTH),
    }
    program = [str(Path(sys.executable).with_name(COMMAND[0])), *COMMAND[1:]]
    printed = subprocess.run(program, capture_output=True, text=True, encoding="utf-8", env=environment, check=True)
    question = " ".join(f'"{word}"' if " " in word else word for word in COMMAND)
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(Text(f"$ {question}\n"))
    console.print(Text.from_ansi(printed.stdout))
    console.save_svg(str(ROOT / "docs" / "search.svg"), title="regloupe")
