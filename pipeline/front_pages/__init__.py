"""What the first pages and the PDF itself say of a document: title, issuer, date, jurisdiction, type."""
