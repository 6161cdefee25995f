"""The hunt in Polars: polars_hunt.py cim|raw|sorted FILE, CSV on stdout.

It gets the rows as one plain CSV file and guesses no types. POLARS_MAX_THREADS, which is read when
it is imported, is the bench's to set.
"""

from __future__ import annotations

import sys

import polars as pl

from hunt_columns import BY, COLUMNS, COMPUTER, NETWORK_CONNECTION, PORT, TO_THE_PORT, data


def value(name: str) -> pl.Expr:
    """The value of a Data element of _raw."""
    return pl.col("_raw").str.extract(data(name), 1)


def filled(name: pl.Expr, address: pl.Expr) -> pl.Expr:
    """A host's name, or its address where the name is empty."""
    return pl.when(name == "").then(address).otherwise(name)


def connections(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The raw events to the port, under the CIM's names."""
    raw = pl.col("_raw").str
    found = rows.filter(
        raw.contains(TO_THE_PORT, literal=True) & raw.contains(NETWORK_CONNECTION, literal=True)
    )
    six = (value("SourceIsIpv6") == "true") | (value("DestinationIsIpv6") == "true")
    outbound = value("Initiated") == "true"
    user = value("User").str.extract(r"([^\\]*)$", 1)
    return found.select(
        action=pl.lit("allowed"),
        app=value("Image"),
        dest=filled(value("DestinationHostname"), value("DestinationIp")),
        dest_ip=value("DestinationIp"),
        dest_port=value("DestinationPort"),
        direction=pl.when(outbound).then(pl.lit("outbound")).otherwise(pl.lit("inbound")),
        dvc=pl.col("_raw").str.extract(COMPUTER, 1),
        protocol=pl.lit("ip"),
        protocol_version=pl.when(six).then(pl.lit("ipv6")).otherwise(pl.lit("ipv4")),
        src=filled(value("SourceHostname"), value("SourceIp")),
        src_ip=value("SourceIp"),
        transport=value("Protocol"),
        user=pl.when(user == "").then(pl.lit("unknown")).otherwise(user),
        vendor_product=pl.lit("Microsoft Sysmon"),
        src_port=value("SourcePort"),
        _time=pl.col("_time"),
    )


def main() -> None:
    """Hunts in the file."""
    kind, path = sys.argv[1], sys.argv[2]
    rows = pl.scan_csv(path, infer_schema=False)
    if kind == "raw":
        rows = connections(rows)
    time = pl.col("_time").cast(pl.Float64)
    table = (
        rows.filter(pl.col("dest_port") == PORT)
        .group_by(BY)
        .agg(
            count=pl.len(),
            firstTime=time.min(),
            lastTime=time.max(),
            src_port=pl.col("src_port").unique(),
        )
        .with_columns(pl.col("src_port").list.join("\n"))
        .select(COLUMNS)
    )
    if kind == "sorted":
        table = table.sort(BY)
    table.collect().write_csv(sys.stdout.buffer)


main()
