"""The SQLite schema, as steps: a file at version *n* gets the steps after *n*, each in one transaction."""

from __future__ import annotations

STEPS: tuple[str, ...] = (
    """
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE taxonomies (hash TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        sha256 TEXT NOT NULL,
        path TEXT NOT NULL,
        file TEXT NOT NULL,
        title TEXT, issuer TEXT, date TEXT, jurisdiction TEXT, type TEXT,
        corrections TEXT NOT NULL,
        language TEXT NOT NULL,
        pages INTEGER NOT NULL,
        taxonomy TEXT NOT NULL REFERENCES taxonomies (hash),
        ingested_at TEXT NOT NULL,
        revision INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX documents_path ON documents (path);
    CREATE TABLE sources (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE passages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        text TEXT NOT NULL,
        headings TEXT NOT NULL,
        language TEXT NOT NULL,
        regions TEXT NOT NULL,
        page_first INTEGER,
        page_last INTEGER,
        kind TEXT NOT NULL,
        tokens INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX passages_document ON passages (document_id, ordinal);
    CREATE TABLE vectors (
        number INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
        vector BLOB NOT NULL
    ) STRICT;
    CREATE TABLE tags (
        number INTEGER NOT NULL REFERENCES passages (number) ON DELETE CASCADE,
        concept TEXT NOT NULL,
        score REAL NOT NULL,
        spans TEXT NOT NULL,
        method TEXT NOT NULL,
        PRIMARY KEY (number, concept)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX tags_concept ON tags (concept, number);
    """,
)
