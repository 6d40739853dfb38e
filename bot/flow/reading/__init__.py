"""Reads a message in free words: form, words, polarity, quantities. See bot/README.md, Reading what patients type."""
