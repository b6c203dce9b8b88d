"""Django's databases, with one thing more: statements that come last in a transaction."""
