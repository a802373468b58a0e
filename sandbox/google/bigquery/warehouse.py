"""BigQuery for the sink connector, without HTTP: the same rights, the same errors.

The connector signs in with a key file, as over the network, and gets a `Caller`; every call after
that is checked like one of the REST API. Rows come in bulk, as plain Python values.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.api import Caller, Json
from sandbox.google.bigquery.catalog import Catalog, Table, TableReference
from sandbox.google.bigquery.fields import parse_schema, schema_to_wire
from sandbox.google.bigquery.rows import append_rows, parse_rows
from sandbox.google.errors import Invalid
from sandbox.google.identity import Identities, ServiceAccountKey
from sandbox.google.keys import InvalidGrant


class Warehouse:
    """What a program with a key file may do with tables."""

    def __init__(self, catalog: Catalog, identities: Identities) -> None:
        self._catalog, self._identities = catalog, identities
        # Judging a private key takes milliseconds; a batch of rows must not.
        self._judged: dict[bytes, bool] = {}

    def sign_in(self, key_file: Mapping[str, Json]) -> Caller:
        """Return who a key file stands for.

        Asked again for each batch of rows: a key that is deleted stops working.

        Raises:
            ApiError: 400 `invalid_grant`, the account or the key is not (or no longer) there,
                or the private key is another.
        """
        email, key_id = str(key_file.get("client_email")), str(key_file.get("private_key_id"))
        account = self._identities.find(email)
        if account is None:
            raise InvalidGrant("Invalid grant: account not found")
        if account.disabled:
            raise InvalidGrant("Service account is disabled.", "unauthorized_client")
        key = account.keys.get(key_id)
        if key is None or not self._is_pair(str(key_file.get("private_key")), key):
            raise InvalidGrant("Invalid JWT Signature.")
        return self._identities.caller(account)

    def _is_pair(self, private_pem: str, key: ServiceAccountKey) -> bool:
        digest = hashlib.sha256(f"{key.key_id}\0{private_pem}".encode()).digest()
        if digest not in self._judged:
            self._judged[digest] = _is_pair(private_pem, key.public_key)
        return self._judged[digest]

    def check_dataset(self, caller: Caller, project: str, dataset: str) -> None:
        """Raise `ApiError` 404 or 403 unless the caller can see the dataset."""
        self._catalog.dataset(caller, project, dataset)

    def schema(self, caller: Caller, project: str, dataset: str, table: str) -> Json | None:
        """Return a table's `TableSchema`; None if there is no such table.

        Raises:
            ApiError: 404, there is no such dataset; 403.
        """
        found = self._find(caller, project, dataset, table, "bigquery.tables.get")
        return None if found is None else schema_to_wire(found.schema)

    def create_table(
        self, caller: Caller, name: tuple[str, str, str], schema: Json, settings: dict[str, Json]
    ) -> None:
        """Create a table with REST settings such as `timePartitioning`.

        Raises:
            ApiError: 403, 404, 409, or 400 for a schema that BigQuery would not take.
        """
        project, dataset, table = name
        need = "bigquery.tables.create"
        place = self._catalog.dataset(caller, project, dataset, need)
        self._catalog.create_table(place, table, parse_schema(schema), settings)

    def add_fields(self, caller: Caller, name: tuple[str, str, str], fields: list[Json]) -> None:
        """Add columns to a table.

        Raises:
            ApiError: 403, 404, or 400 for a column that cannot be added.
        """
        table = self._catalog.table(caller, TableReference(*name), "bigquery.tables.update")
        grown = schema_to_wire(table.schema)["fields"] + fields
        schema = parse_schema({"fields": grown})
        self._catalog.change_table(table, schema=schema, settings=table.settings)

    def append(
        self, caller: Caller, name: tuple[str, str, str], rows: Sequence[Mapping[str, Any]]
    ) -> dict[int, str]:
        """Store rows given as objects by column name; return what is wrong with those refused.

        Raises:
            ApiError: 403, 404, or 400 for a view.
        """
        table = self._catalog.table(caller, TableReference(*name), "bigquery.tables.updateData")
        if table.is_view:
            raise Invalid(f"Cannot insert rows into {table.reference}: it is a VIEW.")
        parsed = parse_rows(table.schema, rows, ignore_unknown=False)
        append_rows(self._catalog, table, parsed.columns(parsed.good))
        return {i: bad.message for i, bad in parsed.errors.items()}

    def _find(
        self, caller: Caller, project: str, dataset: str, table: str, need: str
    ) -> Table | None:
        self._catalog.dataset(caller, project, dataset)
        reference = TableReference(project, dataset, table)
        if not self._catalog.has_table(reference):
            return None
        return self._catalog.table(caller, reference, need)


def _is_pair(private_pem: str, public_key: rsa.RSAPublicKey) -> bool:
    try:
        private = serialization.load_pem_private_key(private_pem.encode(), password=None)
    except (ValueError, TypeError):
        return False
    return (
        isinstance(private, rsa.RSAPrivateKey)
        and private.public_key().public_numbers() == public_key.public_numbers()
    )
