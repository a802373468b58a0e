from bench.programs import nothing, statements
from ksql.graph import load_scripts, make_plan


def test_the_resources_that_do_nothing_are_wired_as_the_statements() -> None:
    plan = make_plan(load_scripts(statements.FOLDER), statements.VARIABLES)

    wired = {
        planned.name.lower(): {each.name.lower() for each in plan.upstreams(planned)}
        for planned in plan.statements
    }
    assert {name: set(reads) for name, reads in nothing.UPSTREAMS.items()} == wired
    files = {file.stem.partition("_")[2] for file in nothing.FOLDER.glob("*.sql")}
    assert files == set(wired)
