"""Make the two sample PDFs from ``report_en.md`` and ``note_fr.md`` (needs reportlab, a dev dependency).

    python -m corpora.samples.make_samples [FOLDER]

The same text gives the same bytes. The markup is this project's own, one block to a line:

    key: value            fields, up to the first blank line (kind: report | note)
    # Chapter             also "## Section", "### Minor heading" (in the outline, not in the contents)
    @ Article 1 | Title   an article heading, on two lines
    > text                a shaded box
    - text                a bullet;  "(a) text" and "1. text" hang from their label
    ^ Caption             a ruled table: the caption, then a header row and rows "| cell | cell |"
    [^key]: text          a footnote; its mark is [^key] in the text
    %page                 a new page, in one column;  %columns: two columns from here to the page's end
    *italic*  **bold**    ~ is a no-break space;  ' becomes a typographic apostrophe
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from corpora.samples.sample_markup import Source, parse
from corpora.samples.sample_pages import Composer, Heading

HERE = Path(__file__).resolve().parent
SAMPLES = {
    "report_en.md": "ai-in-healthcare-sample-report-en.pdf",
    "note_fr.md": "note-ia-sante-exemple-fr.pdf",
}


def compose(source: Source, headings: tuple[Heading, ...] = ()) -> tuple[bytes, tuple[Heading, ...]]:
    """The PDF's bytes and the headings with their pages; ``headings`` fill the contents page."""
    target = io.BytesIO()
    composer = Composer(target, source)
    if source.fields["kind"] == "report":
        composer.cover()
        composer.contents(headings)
    else:
        composer.title_block()
    composer.body()
    composer.canvas.save()
    return target.getvalue(), tuple(composer.headings)


def make(folder: Path) -> list[Path]:
    """Write both samples into ``folder`` and return their paths; two rounds, the first to learn the pages."""
    paths = []
    for name, file in SAMPLES.items():
        source = parse((HERE / name).read_text(encoding="utf-8"))
        _, headings = compose(source)
        content, _ = compose(source, headings)
        paths.append(folder / file)
        paths[-1].write_bytes(content)
    return paths


if __name__ == "__main__":
    for made in make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE):
        print(made)
