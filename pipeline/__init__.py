"""How evidence is made: extract, chunk, tag, embed, and the run that joins them."""
