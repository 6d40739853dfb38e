"""A LINE on your own machine: a fake Messaging API and a page that looks like a phone."""
