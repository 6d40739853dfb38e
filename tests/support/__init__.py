"""The words in which the tests are written."""
