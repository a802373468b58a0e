"""Connector settings as data: a JSON file per connector, loaded, checked and filled in.

A file is the flat map of texts that Confluent's Connect API takes. `${name}` stands for a value
that the stack knows. Leaves out creating connectors (`stack`) and what the settings mean: the
service validates them.

```python
template = load("bigquery_sink")
template.plain({"project": "my-project", ...})     # what may be shown
template.sensitive({"keyfile": "..."})             # what must never be
```
"""

from connectors.template import Template, TemplateError, load

__all__ = ["Template", "TemplateError", "load"]
