"""How passages are found: dense and lexical indexes, fused into one ranking."""
