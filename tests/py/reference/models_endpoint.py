"""Endpoint: its five root datasets (M7)."""

from __future__ import annotations

from .dataset import VENDOR_PRODUCT, dataset, table
from .evals import (
    Eval,
    lower,
    number_or_null,
    number_or_zero,
    or_first_word,
    or_text,
    or_unknown,
    transport_port,
)

DEST = "dest_bunit dest_category dest_priority"
DEST_STATE = "dest_requires_av dest_should_timesync dest_should_update"
USER = "user_bunit user_category user_priority"

PORTS: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    "src_port": number_or_zero("src_port"),
    "transport": or_unknown("transport"),
    "dest_port": or_text("dest_port", b"0"),
    "transport_dest_port": transport_port,
}
PROCESSES: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    "process_integrity_level": lower("process_integrity_level"),
    "process_name": or_first_word("process_name", "process"),
    "parent_process_name": or_first_word("parent_process_name", "parent_process"),
}

DATASETS = [
    dataset(
        "Endpoint.Ports",
        table(
            f"creation_time {DEST} {DEST_STATE} process_guid process_id src_bunit src_category"
            f" src_priority src_requires_av src_should_timesync src_should_update state tag {USER}",
            "src dest user",
            PORTS,
        ),
    ),
    dataset(
        "Endpoint.Processes",
        table(
            f"action cpu_load_percent {DEST} dest_is_expected {DEST_STATE} mem_used os"
            " parent_process_exec parent_process_id parent_process_guid parent_process_path"
            " process_current_directory process_exec process_hash process_guid process_id"
            f" process_path tag user_id {USER}",
            "dest original_file_name parent_process process user",
            PROCESSES,
        ),
    ),
    dataset(
        "Endpoint.Services",
        table(
            f"description {DEST} dest_is_expected {DEST_STATE} process_guid process_id service_dll"
            " service_dll_path service_dll_hash service_dll_signature_exists"
            " service_dll_signature_verified service_exec service_hash service_path"
            f" service_signature_exists service_signature_verified tag {USER}",
            "dest service service_name service_id start_mode status user",
            VENDOR_PRODUCT,
        ),
    ),
    dataset(
        "Endpoint.Filesystem",
        table(
            f"{DEST} {DEST_STATE} file_access_time file_create_time file_modify_time process_guid"
            f" process_id tag {USER}",
            "action dest file_hash file_name file_path file_acl user",
            {**VENDOR_PRODUCT, "file_size": number_or_null("file_size")},
        ),
    ),
    dataset(
        "Endpoint.Registry",
        table(
            f"{DEST} {DEST_STATE} process_guid process_id registry_hive registry_value_text status"
            f" tag {USER}",
            "action dest registry_path registry_key_name registry_value_data registry_value_name"
            " registry_value_type user",
            VENDOR_PRODUCT,
        ),
    ),
]
