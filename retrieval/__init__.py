"""Answers out: embedding, indexes, search and the answering chain."""
