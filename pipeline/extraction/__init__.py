"""From the bytes of a PDF to blocks in reading order, one step a module; `layout` puts them together."""
