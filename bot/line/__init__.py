"""LINE: webhook JSON to events, effects to messages within LINE's limits, the API client."""
