"""The ksqlDB language: text -> tokens -> tree -> text, and analysis against a catalogue.

Pure: no input or output, nothing imported but the standard library. The Pulumi preview judges
statements with it, the sandbox's engine runs what it resolves.

```python
catalog = MemoryCatalog()
for parsed in parse_script(text, variables={"threshold": "10"}):
    result = analyze(parsed.statement, catalog, text=parsed.text, start=parsed.at)
    catalog.apply(result)
    statement_text(parsed.statement)                               # and back to text
```

`tree` holds what a statement says, `resolved` what it means. Every failure is a `LanguageError`;
`error.located("70_sink.sql")` points at the place.
"""

from ksql.language.analysis.definitions import Inference
from ksql.language.analysis.properties import Settings
from ksql.language.analysis.statements import Analyzed, analyze
from ksql.language.catalog import MemoryCatalog
from ksql.language.errors import (
    LanguageError,
    Position,
    SchemaOpen,
    SemanticError,
    SyntaxFault,
    Unsupported,
)
from ksql.language.parser import (
    ParsedStatement,
    parse_expression,
    parse_script,
    parse_statement,
    split,
)
from ksql.language.printer import statement_text
from ksql.language.resolved import Catalog

__all__ = [
    "Analyzed",
    "Catalog",
    "Inference",
    "LanguageError",
    "MemoryCatalog",
    "ParsedStatement",
    "Position",
    "SchemaOpen",
    "SemanticError",
    "Settings",
    "SyntaxFault",
    "Unsupported",
    "analyze",
    "parse_expression",
    "parse_script",
    "parse_statement",
    "split",
    "statement_text",
]
