"""Articles in: loading, chunking, the catalogue and ingestion."""
