"""Reads a spec: text, located tree, scalars, references, strict models, problems."""
