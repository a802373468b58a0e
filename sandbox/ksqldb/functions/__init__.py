"""What the functions of `ksql.language.functions` do: an implementation for each entry.

A module per family, as there. Scalar functions are in `SCALARS`, aggregates in
`functions.aggregates`. A test holds both tables against the language's.
"""

from sandbox.ksqldb.functions import conditional, dates, documents, numeric, text, urls
from sandbox.ksqldb.functions.registry import Scalar

SCALARS: dict[str, Scalar] = {
    **numeric.SCALARS,
    **text.SCALARS,
    **conditional.SCALARS,
    **dates.SCALARS,
    **documents.SCALARS,
    **urls.SCALARS,
}
"""All scalar functions, by upper-case name."""
