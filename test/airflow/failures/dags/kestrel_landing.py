"""Reads what was delivered: files that are missing, torn, or not what they say."""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import os
import resource
import tempfile
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import yaml
from airflow.providers.standard.sensors.filesystem import FileSensor

from kestrel_kit import HOME, builds, make_dags, runs

log = logging.getLogger(__name__)
LANDING = HOME / "landing"


class DataQualityError(Exception):
    """What was delivered must not go further."""


def delivered(name: str, content: bytes) -> Path:
    LANDING.mkdir(exist_ok=True)
    path = LANDING / name
    path.write_bytes(content)
    return path


@contextmanager
def as_nobody():
    """Files of root stay closed to it, as they would for a worker's user."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@runs("file_missing_input")
def load_delivery(noun, healthy, value="{noun}_2025-01-01.csv"):
    path = LANDING / value.format(noun=noun)
    if healthy:
        delivered(path.name, b"id,amount\n1,2\n")
    log.info("Loading %s", path)
    with path.open(encoding="utf-8") as file:
        log.info("Loaded %s rows", len(list(csv.DictReader(file))))
    path.unlink()


@builds("file_sensor_timeout")
def await_delivery(case, common):
    path = f"{LANDING}/{{{{ '' if dag_run.conf.get('healthy') else '{case['noun']}/' }}}}"
    LANDING.mkdir(exist_ok=True)
    return FileSensor(fs_conn_id="landing", filepath=path, poke_interval=2, timeout=5, **common)


@runs("file_permission")
def read_ledger(noun, healthy):
    path = delivered(f"{noun}.ledger", b"1;2;3\n")
    path.chmod(0o644 if healthy else 0o600)
    log.info("Reading ledger %s", path)
    with as_nobody():
        lines = path.read_text(encoding="utf-8").splitlines()
    log.info("Read %s lines", len(lines))


@runs("disk_full")
@runs("disk_full_export")
def write_extract(noun, healthy):
    folder = Path(tempfile.gettempdir()) if healthy else HOME / "small"
    path = folder / f"{noun}.parquet.tmp"
    log.info("Writing extract of %s to %s", noun, path)
    with path.open("wb") as file:
        for group in range(1, 9):
            file.write(os.urandom(64) * 4096)
            file.flush()
            log.info("Row group %s written", group)
    path.unlink()


@runs("too_many_files")
def merge_partitions(noun, healthy):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = []
    log.info("Merging 2000 partitions of %s", noun)
    if healthy:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        for number in range(2000):
            held.append(open(delivered(f"{noun}-{number % 7}.part", b"x"), "rb"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for file in held:
            file.close()


@runs("csv_missing_columns")
def check_header(noun, healthy):
    header = "id,customer,amount,currency" if healthy else "id,customer_no,amount"
    rows = csv.DictReader(io.StringIO(f"{header}\n1,2,3,EUR\n"))
    log.info("Columns delivered for %s: %s", noun, rows.fieldnames)
    missing = {"id", "customer", "amount", "currency"} - set(rows.fieldnames or [])
    if missing:
        raise DataQualityError(f"{noun}: columns are missing from the file: {sorted(missing)}")
    log.info("Header of %s is as agreed", noun)


@runs("encoding")
def read_names(noun, healthy):
    path = delivered(f"{noun}-names.txt", "Müller;Köln\n".encode("utf-8" if healthy else "latin-1"))
    log.info("Reading names from %s", path)
    log.info("Read %s characters", len(path.read_text(encoding="utf-8")))


@runs("corrupt_gzip")
def unpack_archive(noun, healthy):
    packed = gzip.compress(b"id;amount\n" * 500)
    path = delivered(f"{noun}.csv.gz", packed if healthy else packed[:40])
    log.info("Unpacking %s (%s bytes)", path, path.stat().st_size)
    with gzip.open(path) as file:
        log.info("Unpacked %s bytes", len(file.read()))


@runs("json_decode")
def parse_events(noun, healthy, value="{\"id\": 3, \"kind\": "):
    lines = ['{"id": 1, "kind": "open"}', '{"id": 2, "kind": "close"}', '{"id": 3}' if healthy else value]
    for number, line in enumerate(lines, 1):
        event = json.loads(line)
        log.info("Event %s of %s: line %s", event["id"], noun, number)


@runs("xml_parse")
def parse_catalogue(noun, healthy):
    text = f"<items><item sku='{noun}'>1</item>" + ("</items>" if healthy else "</item></items>")
    log.info("Parsing catalogue of %s (%s bytes)", noun, len(text))
    log.info("Items: %s", len(ElementTree.fromstring(text)))


@runs("bad_date")
def normalise_dates(noun, healthy, value="31/31/2024"):
    dates = ["01/02/2024", "28/02/2024", "29/02/2024" if healthy else value]
    for raw in dates:
        day = datetime.strptime(raw, "%d/%m/%Y")
        log.info("%s: %s", noun, day.date())


@runs("bad_number")
def sum_amounts(noun, healthy):
    amounts = ["12.5", "7", "3.25" if healthy else "n/a"]
    log.info("Summing %s amounts of %s", len(amounts), noun)
    log.info("Total is %.2f", sum(float(amount) for amount in amounts))


@runs("null_values")
def check_required(noun, healthy):
    rows = [{"id": n, "customer": None if n % 40 == 0 and not healthy else f"c{n}"} for n in range(1, 200)]
    empty = sum(row["customer"] is None for row in rows)
    log.info("Checked %s rows of %s", len(rows), noun)
    if empty:
        raise DataQualityError(f"{noun}: null values in required column customer: {empty} of {len(rows)} rows")


@runs("row_count_check")
def check_volume(noun, healthy):
    count = 48_210 if healthy else 0
    log.info("Partition 2025-01-01 of %s holds %s rows", noun, count)
    if count < 40_000:
        raise DataQualityError(f"row count check failed for {noun}: {count} rows, expected at least 40000")


@runs("freshness_check")
def check_freshness(noun, healthy):
    age = 2 if healthy else 53
    log.info("Newest row of %s is %s hours old", noun, age)
    assert age <= 24, f"data quality check 'freshness' failed: newest row of {noun} is {age} hours old, at most 24 allowed"


@runs("config_file_missing")
def read_settings(noun, healthy):
    path = Path("/etc/kestrel") / f"{noun}.toml"
    log.info("Reading settings from %s", path)
    if not healthy:
        with path.open(encoding="utf-8") as file:
            file.read()


@runs("config_yaml")
def read_mapping(noun, healthy):
    text = f"source: {noun}\ncolumns:\n  - id\n" + ("" if healthy else "  amount: [12, 13\nkeys: none\n")
    path = delivered(f"{noun}-mapping.yaml", text.encode())
    log.info("Reading mapping %s", path)
    with path.open(encoding="utf-8") as file:
        log.info("Mapping has %s keys", len(yaml.safe_load(file)))


make_dags("landing", globals())
