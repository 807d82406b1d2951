"""The command line: reads options, calls one function, prints. Data goes to stdout, all else to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from corpora.dialects import Dialect
from corpora.documents import Metadata
from corpora.errors import RegloupeError
from corpora.export import Shape, export_csv
from corpora.filters import Filters, selection_for
from corpora.hit_output import write_hits
from corpora.home import DEFAULT_CORPUS, corpus_names
from corpora.output import Format, write_rows
from corpora.selection import Selection
from corpora.signatures import bundled
from corpora.storage import Corpus, discard_if_empty, open_corpus
from corpora.summaries import as_fields, concept_as_dict, document_as_dict, document_details, installation
from corpora.targets import DISK_FULL, writing_to
from indexes.hits import DEFAULT_K, Mode, hit_as_dict
from pipeline.tools import query_encoder, taxonomy_of, tools_for

FAILED, PARTIAL, INTERRUPTED = 1, 3, 130
logger = logging.getLogger("regloupe")


class Commands(TyperGroup):
    """Turns every error of ours into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RegloupeError as error:
            _complain(str(error))
            raise typer.Exit(FAILED) from None
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            _complain("the disk is full; what was stored before is safe: free some space, run again")
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            typer.echo("interrupted: what is finished is stored; run the same command to go on", err=True)
            raise typer.Exit(INTERRUPTED) from None


def filters_given(
    document: Annotated[list[str] | None, typer.Option(help="Only this document (id or file name).")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only passages in this language, e.g. fr.")] = None,
    concept: Annotated[list[str] | None, typer.Option(help="Only with this tag; a facet takes all in it.")] = None,
    issuer: Annotated[list[str] | None, typer.Option(help="Only issuers with this in their name.")] = None,
    jurisdiction: Annotated[list[str] | None, typer.Option(help="Only this jurisdiction, e.g. EU.")] = None,
    after: Annotated[str | None, typer.Option(help="Only documents of this date or later: 2024, 2024-06-13.")] = None,
    before: Annotated[str | None, typer.Option(help="Only documents of this date or earlier.")] = None,
    page: Annotated[list[str] | None, typer.Option(help="Only this page or range, e.g. 12 or 12-20.")] = None,
    min_score: Annotated[float | None, typer.Option(min=0, max=1, help="Only tags with at least this score.")] = None,
) -> Filters:
    """Which passages are meant; options that may be repeated are alternatives."""
    return Filters(
        *(tuple(document or ()), tuple(language or ()), tuple(concept or ())),
        *(tuple(issuer or ()), tuple(jurisdiction or ()), tuple(page or ())),
        after=after,
        before=before,
        min_score=min_score,
    )


def metadata_given(
    title: Annotated[str | None, typer.Option(help="Title of the document.")] = None,
    issuer: Annotated[str | None, typer.Option(help="Who issued it.")] = None,
    date: Annotated[str | None, typer.Option(help="Its date: 2024, 2024-06 or 2024-06-13.")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="Where it applies, e.g. EU.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="What it is, e.g. regulation.")] = None,
) -> Metadata:
    """What the user says about documents."""
    from pipeline.metadata import parse_date

    return Metadata(title, issuer, parse_date(date) if date else date, jurisdiction, kind)


app = typer.Typer(
    name="regloupe",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
documents_app = typer.Typer(no_args_is_help=True, help="List, show, correct and remove the documents of a corpus.")
taxonomy_app = typer.Typer(no_args_is_help=True, help="Show and check taxonomies.")
app.add_typer(documents_app, name="documents")
app.add_typer(taxonomy_app, name="taxonomy")

CorpusOption = Annotated[
    str, typer.Option("--corpus", help="Corpus to use.", envvar="REGLOUPE_CORPUS", autocompletion=corpus_names)
]
EncoderOption = Annotated[str | None, typer.Option("--encoder", help="A sentence-transformers model: folder or name.")]
TaxonomyOption = Annotated[str | None, typer.Option("--taxonomy", help="Your own taxonomy file (YAML).")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
OutputOption = Annotated[str, typer.Option("--output", "-o", help="File to write, `-` for stdout.")]
DocumentArgument = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Id, start of an id, or file name.")]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"regloupe {version('regloupe')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")] = False,
) -> None:
    """Turns regulatory PDFs into evidence: tagged passages, found in French and English, each checkable on its page.

    Everything stays on this machine. Start with:

        regloupe ingest reports/

        regloupe search "What must providers monitor after placing on the market?"

        regloupe export evidence.csv
    """
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO
    logging.basicConfig(format="%(message)s", level=logging.ERROR)
    logging.getLogger("regloupe").setLevel(level)


@app.command()
@bundled("metadata", metadata_given)
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="PDFs, `.jsonl` files of ready passages, or folders of them.")],
    metadata: Metadata,
    corpus: CorpusOption = DEFAULT_CORPUS,
    password: Annotated[str | None, typer.Option(help="Of encrypted PDFs.", envvar="REGLOUPE_PASSWORD")] = None,
    encoder: EncoderOption = None,
    taxonomy: TaxonomyOption = None,
    jobs: Annotated[int, typer.Option(min=1, help="Documents extracted at the same time.")] = 2,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Read PDFs into a corpus: extract, cut into passages, tag, embed, index.

    Files that are already stored are skipped; a changed file replaces its old version. Interrupt at any time: finished
    documents stay, and the next run goes on. What the options leave open is taken from a `metadata.csv` beside the
    PDFs (columns `file`, `title`, `issuer`, `date`, `jurisdiction`, `type`), else from the PDF where that is safe.
    Exit code 3 means that some documents failed and the rest is stored.

    Examples:

        regloupe ingest reports/

        regloupe ingest mdr.pdf --title "MDR" --issuer "European Union" --date 2017-04-05
    """
    from indexes.refresh import refresh
    from pipeline.prepare import Options
    from pipeline.progress import ProgressBar
    from pipeline.run import Status, plan
    from pipeline.run import ingest as run

    if dry_run:
        _print(plan(paths, corpus), Format.TABLE)
        return
    with open_corpus(corpus, create=True) as opened:
        tools = tools_for(opened, encoder, taxonomy)
        with ProgressBar() as bar:
            report = run(paths, opened, tools, Options(metadata, password, jobs=jobs), bar)
        refresh(opened)
    discard_if_empty(corpus)
    logger.info(report.summary())
    if report.count(Status.FAILED):
        raise typer.Exit(PARTIAL)


@app.command()
@bundled("filters", filters_given)
def search(
    filters: Filters,
    question: Annotated[str, typer.Argument(help="A question or keywords, in French or English.")] = "",
    corpus: CorpusOption = DEFAULT_CORPUS,
    k: Annotated[int, typer.Option("-k", min=1, help="How many hits.")] = DEFAULT_K,
    mode: Annotated[Mode, typer.Option(help="By meaning and words, or by one of them.")] = Mode.HYBRID,
    queries: Annotated[Path | None, typer.Option(help="JSONL of `id`, `text`: answer them all, as a TREC run.")] = None,
    format: FormatOption = Format.TABLE,
    output: OutputOption = "-",
    encoder: EncoderOption = None,
) -> None:
    """Find the passages that answer a question, in either language, with their pages.

    Examples:

        regloupe search "Que doit surveiller le fournisseur après la mise sur le marché ?" -k 5

        regloupe search "post-market monitoring" --mode lexical --issuer Parliament --format json

        regloupe search --queries questions.jsonl --output run.trec
    """
    from indexes.hybrid import Searcher
    from indexes.runs import read_queries, write_run

    if bool(question.strip()) == bool(queries):
        raise typer.BadParameter("give a QUESTION, or --queries FILE", param_hint="QUESTION")
    if queries and format is not Format.TABLE:
        raise typer.BadParameter("--queries writes a TREC run, in no other format", param_hint="--format")
    with open_corpus(corpus) as opened:
        selection = _selection(opened, filters)
        searcher = Searcher(opened, encoder=query_encoder(opened, encoder), mode=mode, selection=selection)
        if queries:
            rankings = ((identity, searcher.search(text, k=k)) for identity, text in read_queries(queries))
            with writing_to(output) as stream:
                write_run(rankings, stream)
            return
        hits = searcher.search(question, k=k)
    if not hits:
        logger.warning("no passage found%s", " with these filters" if filters != Filters() else "")
    if format is Format.TABLE:
        with writing_to(output) as stream:
            write_hits(hits, stream)
    else:
        _print(map(hit_as_dict, hits), format, output)


@app.command()
@bundled("filters", filters_given)
def export(
    filters: Filters,
    target: Annotated[str, typer.Argument(metavar="OUT.csv", help="File to write, `-` for stdout.")],
    corpus: CorpusOption = DEFAULT_CORPUS,
    shape: Annotated[Shape, typer.Option(help="A row per passage and tag, or a 0/1 column per concept.")] = Shape.TIDY,
    dialect: Annotated[Dialect, typer.Option(help="For programs, or for Excel in France.")] = Dialect.STANDARD,
    query: Annotated[str | None, typer.Option(help="Only the passages that answer this question best.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many passages --query takes.")] = 100,
) -> None:
    """Write tagged passages as CSV, each row with the document, page and boxes that prove it.

    Examples:

        regloupe export evidence.csv

        regloupe export besoins.csv --concept need --dialect excel-fr --min-score 0.5

        regloupe export - --query "reimbursement of AI" --shape wide
    """
    with open_corpus(corpus) as opened:
        selection = _selection(opened, filters)
        if query is not None:
            from indexes.hybrid import search as find

            hits = find(opened, query, encoder=query_encoder(opened), k=k, selection=selection)
            numbers = [hit.passage.number for hit in hits]
        else:
            numbers = opened.select(selection).tolist()
        exported = export_csv(
            *(opened, taxonomy_of(opened), target),
            numbers=numbers,
            shape=shape,
            dialect=dialect,
            concepts=selection.concepts,
            min_score=filters.min_score or 0.0,
        )
    logger.info(exported.summary(target))


@app.command()
def tag(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Ready passages: `id` and `text` a line.")],
    taxonomy: TaxonomyOption = None,
    encoder: EncoderOption = None,
    output: OutputOption = "-",
) -> None:
    """Tag ready passages and print `id` and `tags` as JSONL; nothing is stored.

    Examples:

        regloupe tag passages.jsonl --taxonomy mine.yaml -o tags.jsonl
    """
    from pipeline.tag_runs import tag_file

    _print(tag_file(file, tools_for(None, encoder, taxonomy)), Format.JSONL, output)


@app.command()
def info(corpus: CorpusOption = DEFAULT_CORPUS, format: FormatOption = Format.TABLE) -> None:
    """Where the data lives, what it weighs, the model and the versions at work."""
    from pipeline.encoders.model_cache import cache_directory

    _print_record({**installation(corpus), "models": str(cache_directory())}, format)


@documents_app.command("list")
def list_documents(corpus: CorpusOption = DEFAULT_CORPUS, format: FormatOption = Format.TABLE) -> None:
    """List the documents of a corpus."""
    with open_corpus(corpus) as opened:
        _print(map(document_as_dict, opened.documents()), format)


@documents_app.command("show")
def show_document(
    document: DocumentArgument, corpus: CorpusOption = DEFAULT_CORPUS, format: FormatOption = Format.TABLE
) -> None:
    """Show all that is known of a document, with the passages per concept."""
    with open_corpus(corpus) as opened:
        _print_record(document_details(opened, opened.document(document)), format)


@documents_app.command("remove")
def remove_documents(
    documents: Annotated[list[str], typer.Argument(metavar="DOCUMENT...", help="Ids or file names.")],
    corpus: CorpusOption = DEFAULT_CORPUS,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove documents with their passages, tags and vectors; the PDFs themselves are not touched."""
    from indexes.refresh import refresh

    with open_corpus(corpus) as opened:
        found = {opened.document(reference).id: opened.document(reference).file for reference in documents}
        names = ", ".join(found.values())
        if not yes:
            typer.confirm(f"Remove {names} from corpus {corpus!r}?", abort=True, err=True)
        with opened.writing():
            opened.remove(found)
            refresh(opened)
    logger.info("removed %s", names)


@documents_app.command("edit")
@bundled("metadata", metadata_given)
def edit_document(document: DocumentArgument, metadata: Metadata, corpus: CorpusOption = DEFAULT_CORPUS) -> None:
    """Correct what is said about a document; what is not given stays, an empty text clears.

    Examples:

        regloupe documents edit mdr.pdf --title "Medical Device Regulation" --date 2017-04-05
    """
    if metadata == Metadata():
        raise typer.BadParameter("say what to correct, such as --title", param_hint="DOCUMENT")
    with open_corpus(corpus) as opened, opened.writing():
        found = opened.document(document)
        opened.edit(found.id, metadata)
        _print_record(document_as_dict(opened.document(found.id)), Format.TABLE)


@taxonomy_app.command("show")
def show_taxonomy(
    taxonomy: Annotated[str | None, typer.Argument(metavar="[FILE]", help="A taxonomy file.")] = None,
    corpus: CorpusOption = DEFAULT_CORPUS,
    lang: Annotated[str, typer.Option(help="Language of labels and definitions.")] = "en",
    format: FormatOption = Format.TABLE,
) -> None:
    """Show the concepts of a taxonomy: your file's, else the corpus's, else the shipped one's."""
    if taxonomy or corpus not in corpus_names():
        shown = taxonomy_of(None, taxonomy)
    else:
        with open_corpus(corpus) as opened:
            shown = taxonomy_of(opened)
    _print((concept_as_dict(shown, concept, lang) for concept in shown.concepts), format)


@taxonomy_app.command("validate")
def validate_taxonomy(file: Annotated[str, typer.Argument(metavar="FILE", help="A taxonomy file (YAML).")]) -> None:
    """Check a taxonomy file; a mistake is named with its line and what to do."""
    checked = taxonomy_of(None, file)
    typer.echo(f"{file}: valid, {len(checked.assignable)} concepts to assign, version {checked.version}")


def _complain(message: str) -> None:
    typer.secho(f"error: {message}", err=True, fg="red" if sys.stderr.isatty() else None)


def _selection(corpus: Corpus, filters: Filters) -> Selection:
    return selection_for(filters, corpus, taxonomy_of(corpus) if filters.concepts else None)


def _print(rows: Iterable[Mapping[str, Any]], format: Format, output: str = "-") -> None:
    with writing_to(output) as stream:
        write_rows(list(rows), format, stream)


def _print_record(record: Mapping[str, Any], format: Format) -> None:
    _print(as_fields(record) if format is Format.TABLE else [record], format)


if __name__ == "__main__":
    app()
