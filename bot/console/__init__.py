"""The staff console: server-rendered pages for reception and nursing staff. Asks storage, never writes SQL."""
