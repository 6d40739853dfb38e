"""Sending from the outbox: retries, order per user, take-over of what a dead process left."""
