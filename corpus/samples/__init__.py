"""The sample collection: short articles on real events, for a first run and for the question sets in benchmarks/."""
