"""The hunt in DuckDB, on one thread: duckdb_hunt.py cim|raw|sorted FILE, CSV on stdout.

It gets the rows as one plain CSV file, and its columns' names beforehand: it has nothing to guess.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from hunt_columns import BY, COMPUTER, NETWORK_CONNECTION, PORT, TO_THE_PORT, data

FIGURES = (
    "count(*) AS count, min(CAST(_time AS DOUBLE)) AS firstTime, "
    "max(CAST(_time AS DOUBLE)) AS lastTime, string_agg(DISTINCT src_port, chr(10)) AS src_port"
)


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def rows_of(path: Path) -> str:
    """The file as a table of texts."""
    with path.open() as file:
        names = [name.strip('"') for name in file.readline().rstrip("\n").split(",")]
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, delim=',', quote='\"', "
        f"escape='\"', max_line_size=4194304, columns={{{columns}}})"
    )


def value(name: str) -> str:
    """The value of a Data element of _raw."""
    return f"regexp_extract(_raw, {literal(data(name))}, 1)"


def connections(path: Path) -> str:
    """The raw events to the port, under the CIM's names."""
    dest_ip, src_ip = value("DestinationIp"), value("SourceIp")
    six = f"'true' IN ({value('SourceIsIpv6')}, {value('DestinationIsIpv6')})"
    mapped = {
        "action": "'allowed'",
        "app": value("Image"),
        "dest": f"coalesce(nullif({value('DestinationHostname')}, ''), {dest_ip})",
        "dest_ip": dest_ip,
        "dest_port": value("DestinationPort"),
        "direction": f"if({value('Initiated')} = 'true', 'outbound', 'inbound')",
        "dvc": f"regexp_extract(_raw, {literal(COMPUTER)}, 1)",
        "protocol": "'ip'",
        "protocol_version": f"if({six}, 'ipv6', 'ipv4')",
        "src": f"coalesce(nullif({value('SourceHostname')}, ''), {src_ip})",
        "src_ip": src_ip,
        "transport": value("Protocol"),
        "user": f"coalesce(nullif(split_part({value('User')}, '\\', -1), ''), 'unknown')",
        "vendor_product": "'Microsoft Sysmon'",
        "src_port": value("SourcePort"),
        "_time": "_time",
    }
    fields = ", ".join(f'{code} AS "{name}"' for name, code in mapped.items())
    return (
        f"(SELECT {fields} FROM {rows_of(path)} WHERE contains(_raw, {literal(TO_THE_PORT)}) "
        f"AND contains(_raw, {literal(NETWORK_CONNECTION)}))"
    )


def main() -> None:
    """Hunts in the file."""
    kind, path = sys.argv[1], Path(sys.argv[2])
    by = ", ".join(f'"{name}"' for name in BY)
    source = connections(path) if kind == "raw" else rows_of(path)
    ordered = f" ORDER BY {by}" if kind == "sorted" else ""
    hunt = f"SELECT {by}, {FIGURES} FROM {source} WHERE dest_port = '{PORT}' GROUP BY {by}{ordered}"
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute(f"COPY ({hunt}) TO '/dev/stdout' (FORMAT csv, HEADER true)")


main()
