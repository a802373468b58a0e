"""Google Cloud, as far as the workshop meets it: BigQuery, service accounts, project policies."""
