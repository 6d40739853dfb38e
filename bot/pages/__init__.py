"""Web pages that patients open: the memo for the doctor, guidebooks, and the way to booking."""
