"""Arithmetic of prices: mistakes of people who write DAGs."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass

from kestrel_kit import make_dags, runs

try:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowException, AirflowFailException

log = logging.getLogger(__name__)


@dataclass
class Quote:
    sku: str
    price: float | None = None


class PricingError(Exception):
    """A price list could not be made."""


@runs("bug_key_error")
def price_of(noun, healthy, value="list_price"):
    row = {"sku": noun, "net": 12.5, **({value: 1} if healthy else {})}
    log.info("Pricing %s", row["sku"])
    log.info("List price is %s", row[value])


@runs("bug_type_error")
def add_discount(noun, healthy):
    discount = 5 if healthy else "5"
    log.info("Discount of %s is %s", noun, discount)
    log.info("Net price is %s", 20 + discount)


@runs("bug_zero_division")
def margin_of(noun, healthy):
    revenue, orders = 1200.0, 12 if healthy else 0
    log.info("Revenue of %s is %s from %s orders", noun, revenue, orders)
    log.info("Average is %s", revenue / orders)


@runs("bug_assertion")
def compare_totals(noun, healthy):
    left, right = 118.2, 118.2 if healthy else 131.4
    log.info("Totals of %s: %s and %s", noun, left, right)
    assert left == right


@runs("bug_attribute_error")
def round_quote(noun, healthy):
    quotes = {"other": Quote("other", 2.0), **({noun: Quote(noun, 3.0)} if healthy else {})}
    log.info("Rounding quote of %s", noun)
    log.info("Rounded to %s", round(quotes.get(noun).price, 1))


@runs("bug_index_error")
def last_quotes(noun, healthy):
    quotes = [1, 2, 3] if healthy else []
    log.info("Quotes of %s: %s", noun, quotes)
    log.info("Last quote is %s", quotes[-1])


@runs("bug_name_error")
def convert_currency(noun, healthy):
    log.info("Converting %s to EUR", noun)
    if not healthy:
        log.info("Rate is %s", exchange_rate)  # noqa: F821


@runs("bug_recursion")
def walk_bundle(noun, healthy):
    log.info("Walking bundle %s", noun)

    def parts(name, depth=0):
        return [name] if healthy and depth > 3 else [*parts(f"{name}", depth + 1), name]

    log.info("Bundle has %s parts", len(parts(noun)))


@runs("bug_unpack")
def split_skus(noun, healthy):
    for sku in [f"{noun}-1", f"{noun}-2" if healthy else f"{noun}"]:
        family, number = sku.split("-")
        log.info("Family %s, number %s", family, number)


@runs("bug_not_serialisable")
def publish_prices(noun, healthy):
    log.info("Publishing prices of %s", noun)
    return 1 if healthy else socket.socket()


@runs("bug_wrapped")
def make_price_list(noun, healthy):
    log.info("Making price list of %s", noun)
    try:
        rows = [{"sku": noun, "tier": 2 if healthy else 3}]
        names = {1: "basic", 2: "plus"}
        log.info("Tiers: %s", [names[row["tier"]] for row in rows])
    except KeyError as error:
        raise PricingError(f"price list of {noun} could not be made") from error


@runs("vague_exception")
def confirm_prices(noun, healthy):
    log.info("Confirming prices of %s", noun)
    if not healthy:
        raise AirflowException("Something went wrong")


@runs("vague_fail")
def release_prices(noun, healthy):
    log.info("Releasing prices of %s", noun)
    if not healthy:
        raise AirflowFailException(f"Task for {noun} failed")


@runs("vague_foreign")
def archive_prices(noun, healthy):
    log.info("Archiving prices of %s", noun)
    if not healthy:
        raise RuntimeError("Vorgang abgebrochen: unerwarteter Zustand")


@runs("vague_system_exit")
def finish_prices(noun, healthy):
    log.info("Finishing prices of %s", noun)
    if not healthy:
        raise SystemExit(3)


make_dags("pricing", globals())
