"""What ksqlDB inherits from the Java platform: integer overflow, calendars, date patterns.

Pure functions over the values of `ksql.language.values`. Number texts, which formats need too,
are in `sandbox.formats.numbers`.
"""
