"""The finite-state conversation: what is asked, in what order, and what follows. No input, no output."""
