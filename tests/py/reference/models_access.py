"""Who does what: Authentication, Change, Alerts."""

from __future__ import annotations

from .dataset import VENDOR_PRODUCT, Child, dataset, table
from .evals import Eval, change_command, or_else, or_source_type

DEST = "dest_bunit dest_category dest_priority"
SRC = "src_bunit src_category src_priority"
USER = "user_bunit user_category user_priority"

CHANGE: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    "command": change_command,
    "result": or_else("result", "signature", b"unknown"),
    "result_id": or_else("result_id", "signature_id", b"-1"),
}

DATASETS = [
    dataset(
        "Authentication.Authentication",
        table(
            f"authentication_method authentication_service {DEST} dest_nt_domain duration reason"
            f" response_time signature signature_id {SRC} src_nt_domain src_user_bunit"
            " src_user_category src_user_id src_user_priority src_user_role src_user_type tag"
            f" user_agent {USER} user_id user_role user_type vendor_account",
            "action src src_user dest user",
            {"app": or_source_type("app")},
        ),
        constraint="NOT (action=success user=*$)",
        children={
            "Failed_Authentication": Child("Authentication", "action=failure"),
            "Successful_Authentication": Child("Authentication", "action=success"),
            "Default_Authentication": Child("Authentication", "tag=default"),
            "Failed_Default_Authentication": Child("Default_Authentication", "action=failure"),
            "Successful_Default_Authentication": Child("Default_Authentication", "action=success"),
            "Insecure_Authentication": Child("Authentication", "tag=insecure OR tag=cleartext"),
            "Privileged_Authentication": Child("Authentication", "tag=privileged"),
            "Failed_Privileged_Authentication": Child(
                "Privileged_Authentication", "action=failure"
            ),
            "Successful_Privileged_Authentication": Child(
                "Privileged_Authentication", "action=success"
            ),
        },
    ),
    dataset(
        "Change.All_Changes",
        table(
            f"{DEST} {SRC} tag user_agent {USER} user_type vendor_account vendor_region",
            "change_type dest dvc object object_attrs object_category object_id object_path status"
            " src user user_name action",
            CHANGE,
        ),
        inputs="signature signature_id Operation ObjectName",
        constraint=(
            "NOT (object_category=file OR object_category=directory OR object_category=registry)"
        ),
        children={
            "Auditing_Changes": Child("All_Changes", "tag=audit"),
            "Endpoint_Changes": Child("All_Changes", "tag=endpoint"),
            "Endpoint_Restarts": Child("Endpoint_Changes", "action=modified change_type=restart"),
            "Other_Endpoint_Changes": Child("Endpoint_Changes", "NOT change_type=restart"),
            "Network_Changes": Child(
                "All_Changes",
                "tag=network",
                table(
                    "dest_ip_range dest_port_range direction protocol rule_action src_ip_range"
                    " src_port_range"
                ),
            ),
            "Device_Restarts": Child("Network_Changes", "action=modified change_type=restart"),
            "Account_Management": Child(
                "All_Changes",
                "tag=account",
                table(
                    "src_user_bunit src_user_category src_user_priority src_user_type",
                    "dest_nt_domain src_nt_domain src_user src_user_name",
                ),
            ),
            "Accounts_Created": Child("Account_Management", "action=created"),
            "Accounts_Deleted": Child("Account_Management", "action=deleted"),
            "Account_Lockouts": Child("Account_Management", "result=lockout"),
            "Accounts_Updated": Child("Account_Management", "action=updated OR action=modified"),
            "Instance_Changes": Child(
                "All_Changes", "tag=instance", table(unknown="image_id instance_type")
            ),
        },
    ),
    dataset(
        "Alerts.Alerts",
        table(
            f"body description {DEST} dest_type id mitre_technique_id severity_id signature {SRC}"
            f" src_type subject tag {USER} vendor_account vendor_region",
            "dest severity signature_id src type user user_name",
            {"app": or_source_type("app")},
        ),
    ),
]
