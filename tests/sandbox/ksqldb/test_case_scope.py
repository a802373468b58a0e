"""Every feature that is in scope has own cases: two that hold and one that is refused."""

from pathlib import Path

import pytest

from sandbox.ksqldb.testing.cases import Case, read_cases

FOLDER = Path(__file__).parent / "cases"

CASES_OF = {
    "CREATE with columns, WITH properties": ["format_properties", "time_columns"],
    "columns from Schema Registry": ["avro_inference", "inference_unwrapped_and_by_id"],
    "INSERT INTO SELECT": ["insert_select"],
    "INSERT VALUES": ["formats_and_inserts"],
    "CREATE OR REPLACE": ["create_or_replace"],
    "IF NOT EXISTS, DROP": ["if_not_exists_and_drop"],
    "SET, UNSET, DEFINE, UNDEFINE, TERMINATE": ["set_define_and_terminate"],
    "DESCRIBE, EXPLAIN, LIST, SHOW": ["statements_rest"],
    "delimiters, FORMAT": ["format_properties", "delimiters"],
    "DELIMITED and NONE": ["format_delimited_and_none"],
    "WRAP_SINGLE_VALUE": ["wrap_single_value"],
    "WINDOW_TYPE, several key columns": ["windowed_keys_and_several_keys"],
    "TIMESTAMP, TIMESTAMP_FORMAT": ["time_columns"],
    "PARTITIONS": ["partitions_rest"],
    "conversions": ["conversions", "casts"],
    "DECIMAL": ["decimals"],
    "overflow": ["overflow"],
    "BYTES, DATE, TIME": ["bytes_and_times"],
    "arithmetic, comparison": ["arithmetic_and_comparison"],
    "CASE": ["case_expressions"],
    "LIKE, IN, BETWEEN": ["like_in_between", "literals_and_lists"],
    "NULL, DISTINCT FROM, COALESCE, IFNULL, NULLIF": ["nulls", "nulls_in_conditions"],
    "AS_VALUE, ROWTIME, generated names": ["rowtime_keys_and_names", "rowtime_as_text"],
    "numeric functions": ["functions_numeric"],
    "text functions": ["functions_text"],
    "functions of dates and times": ["functions_dates"],
    "filter, PARTITION BY": ["filter_and_partition_by"],
    "GROUP BY, aggregates, HAVING": ["aggregates_and_having"],
    "windows": ["windows"],
    "joins, tables with undo": ["tables_and_joins"],
    "run-time errors, time of records": ["streams"],
    "pull and push queries": ["pull_and_push_rest"],
    "window bounds of pull queries": ["windowed_pull_rest"],
    "properties": ["properties"],
}


def is_negative(case: Case) -> bool:
    return "expectedException" in case.body or "expectedError" in case.body


@pytest.mark.parametrize("feature", sorted(CASES_OF))
def test_a_feature_has_two_positive_cases_and_a_negative_one(feature: str) -> None:
    cases = [case for stem in CASES_OF[feature] for case in read_cases(FOLDER / f"{stem}.json")]

    negative = sum(map(is_negative, cases))

    assert (len(cases) - negative >= 2, negative >= 1) == (True, True)
