"""What can go wrong between rows and bytes.

```
FormatError
├── DeserializationError   bytes that are no row: the record goes to the processing log
├── SerializationError     a row that the format cannot carry
└── SchemaError            a schema that columns cannot be read from, or columns without a schema
```
"""


class FormatError(Exception):
    """Any failure between rows and bytes."""


class DeserializationError(FormatError):
    """Bytes that do not hold what the columns ask for. The message never shows the data."""


class SerializationError(FormatError):
    """A row that cannot be written in its format."""


class SchemaError(FormatError):
    """A schema outside of what columns can hold; the message is worded as ksqlDB's."""
