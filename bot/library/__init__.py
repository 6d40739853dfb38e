"""The content store: every word that a patient or staff member reads."""
