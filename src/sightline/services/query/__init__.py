"""Reading: lists, one entity, search, statistics, charts."""
