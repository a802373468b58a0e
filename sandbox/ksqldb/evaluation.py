"""Lists of expressions as code: computed together, and one by one once one of them fails.

The rule is ksqlDB's: an expression that cannot be computed is null in its column, an entry goes to
the processing log, and the row goes on. So the fast path is one `try` around the whole list; only
when it fails, a second function computes each expression in a `try` of its own.
"""

from collections.abc import Callable, Sequence

from ksql.language.resolved import Expr
from sandbox.ksqldb.codegen import Code, tuple_text
from sandbox.ksqldb.errors import QueryFailed
from sandbox.ksqldb.expressions import expression_source
from sandbox.ksqldb.locations import Locations, cannot_fail

Report = Callable[[str, Exception], None]
"""Told of each failed expression: what was computed, and why it could not be."""


class Evaluation:
    """Writes expressions into one function.

    `variables` are the names in scope where the expressions stand; the slow function takes them
    as parameters.
    """

    def __init__(
        self, code: Code, locate: Locations, variables: Sequence[str], report: Report
    ) -> None:
        self._code, self._locate = code, locate
        self._variables = ", ".join(variables)
        self._report = code.bind("report", report)
        code.constants.setdefault("QueryFailed", QueryFailed)

    def text(self, expr: Expr) -> str:
        """The Python text of an expression; may raise when it runs."""
        return expression_source(expr, self._locate, self._code.constants)

    def assign(self, name: str, exprs: Sequence[Expr], what: str) -> None:
        """Write `name = (…)` for a tuple of expressions. `what` names them in the log."""
        self.assign_texts(name, [self.text(expr) for expr in exprs], exprs, what)

    def assign_texts(
        self, name: str, texts: Sequence[str], exprs: Sequence[Expr], what: str
    ) -> None:
        """The same with texts made before; `exprs` tells which can fail."""
        code = self._code
        if all(cannot_fail(expr) for expr in exprs):
            code.line(f"{name} = {tuple_text(list(texts))}")
            return
        slow = self._slow(texts, what)
        with code.block("try:"):
            code.line(f"{name} = {tuple_text(list(texts))}")
        with code.block("except Exception:"):
            code.line(f"{name} = {slow}({self._variables})")

    def skip_unless(self, condition: Expr, otherwise: str = "continue") -> None:
        """Write the test of a WHERE: rows that fail it, or cannot be tested, are left."""
        code = self._code
        if cannot_fail(condition):
            code.line(f"if {self.text(condition)} is not True: {otherwise}")
            return
        self.test("passed", condition)
        code.line(f"if not passed: {otherwise}")

    def test(self, name: str, condition: Expr) -> None:
        """Write `name = whether the condition is true`; false when it cannot be computed."""
        code = self._code
        with code.block("try:"):
            code.line(f"{name} = {self.text(condition)}")
        with code.block("except Exception as error:"):
            code.line(f'{self._report}("predicate", error)', f"{name} = False")

    def _slow(self, texts: Sequence[str], what: str) -> str:
        constants = self._code.constants
        slow = Code(constants)
        name = f"_slow_{len(constants)}"
        with slow.block(f"def {name}({self._variables}):"):
            for index, text in enumerate(texts):
                with slow.block("try:"):
                    slow.line(f"c{index} = {text}")
                with slow.block("except Exception as error:"):
                    slow.line(f"{self._report}({what!r}, error)", f"c{index} = None")
            slow.line(f"return {tuple_text([f'c{i}' for i in range(len(texts))])}")
        slow.function(name)
        return name
