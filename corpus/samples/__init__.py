"""The sample collection: short articles on real events, which the question sets in benchmarks/ ask about."""
