"""The organization's objects and the rules between them. Knows nothing of requests or JSON."""
