"""The ksqlDB language: text -> tokens -> tree -> text, and analysis against a catalogue.

Pure: no input or output, nothing imported but the standard library. The Pulumi preview judges
statements with it, the sandbox's engine runs what it resolves.

```python
script = parse_script(text, variables={"threshold": "10"})   # ParsedStatement, one per statement
script[0].statement                                          # the tree
statement_text(script[0].statement)                          # and back to text
```

Every failure is a `LanguageError`; `error.located("70_sink.sql")` points at the place.
"""

from ksql.language.errors import (
    LanguageError,
    Position,
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

__all__ = [
    "LanguageError",
    "ParsedStatement",
    "Position",
    "SemanticError",
    "SyntaxFault",
    "Unsupported",
    "parse_expression",
    "parse_script",
    "parse_statement",
    "split",
    "statement_text",
]
