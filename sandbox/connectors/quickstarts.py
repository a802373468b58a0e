"""Datagen's quickstarts: which records they make, and under which schema.

Owns the two that the workshop uses. Values, ranges and names are those of the service's data.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]

REGISTERED_FROM_MS, REGISTERED_TO_MS = 1487715775521, 1519273364600
USERS = tuple(f"User_{i}" for i in range(1, 10))
REGIONS = tuple(f"Region_{i}" for i in range(1, 10))
GENDERS = ("MALE", "FEMALE", "OTHER")
SIDES = ("BUY", "SELL")
SYMBOLS = ("ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT")
ACCOUNTS = ("ABC123", "LMN456", "XYZ789")
QUANTITY_LIMIT, PRICE_FROM, PRICE_TO = 5000, 5, 1000

NOT_EMULATED = (
    "CLICKSTREAM_CODES", "CLICKSTREAM", "CLICKSTREAM_USERS", "ORDERS", "RATINGS", "USERS_ARRAY",
    "PAGEVIEWS", "INVENTORY", "PRODUCT", "PURCHASES", "TRANSACTIONS", "STORES", "CREDIT_CARDS",
    "CAMPAIGN_FINANCE", "FLEET_MGMT_DESCRIPTION", "FLEET_MGMT_LOCATION", "FLEET_MGMT_SENSORS",
    "PIZZA_ORDERS", "PIZZA_ORDERS_COMPLETED", "PIZZA_ORDERS_CANCELLED", "INSURANCE_OFFERS",
    "INSURANCE_CUSTOMERS", "INSURANCE_CUSTOMER_ACTIVITY", "GAMING_GAMES", "GAMING_PLAYERS",
    "GAMING_PLAYER_ACTIVITY", "PAYROLL_EMPLOYEE", "PAYROLL_EMPLOYEE_LOCATION", "PAYROLL_BONUS",
    "SYSLOG_LOGS", "DEVICE_INFORMATION", "SIEM_LOGS", "SHOES", "SHOE_CUSTOMERS", "SHOE_ORDERS",
    "SHOE_CLICKSTREAM",
)  # fmt: skip
"""The service's other quickstarts."""


@dataclass(frozen=True)
class Quickstart:
    """One kind of record."""

    record: str
    """Name of the Avro record, in namespace `ksql`."""
    key_field: str
    """The field whose text is the record's key."""
    fields: Mapping[str, str]
    """Avro types by field."""
    make: Callable[[random.Random, float], Row]
    """Makes a row from random numbers and the skew that the sandbox was given."""

    @property
    def schema(self) -> dict[str, Any]:
        """The Avro schema, as the connector registers it."""
        return {
            "type": "record",
            "name": self.record,
            "namespace": "ksql",
            "fields": [{"name": name, "type": kind} for name, kind in self.fields.items()],
            "connect.name": f"ksql.{self.record}",
        }


def _user(chance: random.Random, _skew: float) -> Row:
    return {
        "registertime": chance.randint(REGISTERED_FROM_MS, REGISTERED_TO_MS),
        "userid": chance.choice(USERS),
        "regionid": chance.choice(REGIONS),
        "gender": chance.choice(GENDERS),
    }


def _trade(chance: random.Random, skew: float) -> Row:
    side, quantity = chance.choice(SIDES), chance.randint(1, QUANTITY_LIMIT)
    symbol, price = chance.choice(SYMBOLS), chance.randint(PRICE_FROM, PRICE_TO)
    dominates = skew > 0 and chance.random() < skew
    return {
        "side": side,
        "quantity": quantity,
        "symbol": symbol,
        "price": price,
        "account": ACCOUNTS[0] if dominates else chance.choice(ACCOUNTS),
        "userid": chance.choice(USERS),
    }


QUICKSTARTS: Mapping[str, Quickstart] = {
    "USERS": Quickstart(
        "users",
        "userid",
        {"registertime": "long", "userid": "string", "regionid": "string", "gender": "string"},
        _user,
    ),
    "STOCK_TRADES": Quickstart(
        "StockTrade",
        "symbol",
        {
            "side": "string",
            "quantity": "int",
            "symbol": "string",
            "price": "int",
            "account": "string",
            "userid": "string",
        },
        _trade,
    ),
}
