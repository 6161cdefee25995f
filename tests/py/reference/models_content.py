"""What is sent, installed and open to attack: Web, Email, Updates, Vulnerabilities."""

from __future__ import annotations

from .dataset import VENDOR_PRODUCT, Child, dataset, table
from .evals import (
    Eval,
    length,
    lower_or_null,
    mail_domain,
    or_count,
    or_else,
    or_unknown_dash,
    url_domain,
)
from .models_network import DEST, DVC, SRC, USER, counters

DASHED = "dest http_content_type http_method http_referrer http_user_agent src status url"
SRC_USER = "src_user_bunit src_user_category src_user_priority"

WEB: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    **counters("bytes"),
    **{name: or_unknown_dash(name) for name in DASHED.split()},
    "http_referrer_domain": url_domain("http_referrer_domain", "http_referrer"),
    "http_user_agent_length": length("http_user_agent"),
    "url_domain": url_domain("url_domain", "url"),
    "url_length": length("url"),
}
EMAIL: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    "recipient_count": or_count("recipient_count", "recipient"),
    "recipient_domain": mail_domain("recipient_domain", "recipient"),
    "src_user_domain": mail_domain("src_user_domain", "src_user"),
}
UPDATES: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    "signature": or_else("signature", "signature_id", b"unknown"),
    "signature_id": or_else("signature_id", "signature", b"unknown"),
}
VULNERABILITIES: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    **{name: lower_or_null(name) for name in ("bugtraq", "cert", "cve", "msft", "mskb", "xref")},
}

DATASETS = [
    dataset(
        "Web.Web",
        table(
            f"app cached category cookie {DEST} dest_port duration response_time site {SRC} tag"
            f" uri_path uri_query {USER}",
            "action user",
            WEB,
        ),
        children={
            "Proxy": Child("Web", "tag=proxy"),
            "Storage": Child("Web", "tag=storage", table("storage_name operation error_code")),
        },
    ),
    dataset(
        "Email.All_Email",
        table(
            f"delay {DEST} duration file_hash file_name file_size internal_message_id message_id"
            " message_info orig_dest orig_recipient orig_src protocol process process_id"
            f" recipient_status response_time retries return_addr size {SRC} {SRC_USER} status_code"
            f" subject tag url user {USER} xdelay xref",
            "action dest src recipient src_user",
            EMAIL,
        ),
        children={
            "Delivery": Child("All_Email", "tag=delivery"),
            "Content": Child("All_Email", "tag=content"),
            "Filtering": Child(
                "All_Email",
                "tag=filter",
                table("filter_action filter_score signature signature_extra signature_id"),
            ),
        },
    ),
    dataset(
        "Updates.Updates",
        table(
            f"{DEST} dest_should_update dvc file_name file_hash severity severity_id tag",
            "dest status",
            UPDATES,
        ),
        children={
            "Available_Updates": Child("Updates", "status=available"),
            "Installed_Updates": Child("Updates", "status=installed"),
            "Restart_Required_Updates": Child("Updates", "status=restart_required"),
        },
    ),
    # Its fields are metadata, which stand beside every dataset.
    dataset("Updates.Update_Errors", table("_time host source sourcetype")),
    dataset(
        "Vulnerabilities.Vulnerabilities",
        table(
            f"cvss {DEST} {DVC} severity_id signature_id tag url user {USER}",
            "category dest dvc severity signature",
            VULNERABILITIES,
        ),
        children={
            "High_Critical_Vulnerabilities": Child(
                "Vulnerabilities", "(severity=high OR severity=critical)"
            ),
            "Medium_Vulnerabilities": Child("Vulnerabilities", "severity=medium"),
            "Low_Informational_Vulnerabilities": Child(
                "Vulnerabilities", "(severity=low OR severity=informational)"
            ),
        },
    ),
]
