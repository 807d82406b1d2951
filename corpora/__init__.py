"""What flows: documents, passages, tags, taxonomies, and the SQLite file that keeps them."""
