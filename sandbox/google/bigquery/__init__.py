"""BigQuery's REST API over DuckDB.

`catalog` knows datasets, tables and views, `store` holds rows, `translate` makes DuckDB's SQL of
BigQuery's, `queries` and `loads` do the work of jobs; the `*_api` modules are the HTTP on top.
Leaves out models, routines, reservations, the Storage API and everything about money.
"""
