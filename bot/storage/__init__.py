"""Tables, migrations, transactions, outbox rows. Knows neither LINE nor words."""
