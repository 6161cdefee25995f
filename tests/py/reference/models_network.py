"""The network's data models: traffic, resolution, sessions, intrusions, certificates."""

from __future__ import annotations

from .dataset import VENDOR_PRODUCT, Child, dataset, table
from .evals import (
    Eval,
    counter,
    is_valid,
    lower_or_unknown,
    mail_domain,
    number_or_zero,
    or_count,
    or_else,
    session_address,
    validity_window,
)

DEST = "dest_bunit dest_category dest_priority"
DVC = "dvc_bunit dvc_category dvc_priority"
SRC = "src_bunit src_category src_priority"
USER = "user_bunit user_category user_priority"


def counters(unit: str) -> dict[str, Eval]:
    """The three fields of which two give the third."""
    whole, received, sent = unit, f"{unit}_in", f"{unit}_out"
    return {
        whole: counter(whole, received, +1, sent),
        received: counter(received, whole, -1, sent),
        sent: counter(sent, whole, -1, received),
    }


TRAFFIC: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    **counters("bytes"),
    **counters("packets"),
    "dest_port": number_or_zero("dest_port"),
    "src_port": number_or_zero("src_port"),
    "transport": lower_or_unknown("transport"),
}
RESOLUTION: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    "answer_count": or_count("answer_count", "answer"),
    "query_count": or_count("query_count", "query"),
    "reply_code_id": or_else("reply_code_id", "reply_code", b"unknown"),
}
SESSIONS: dict[str, Eval] = {
    **VENDOR_PRODUCT,
    "dest_ip": session_address("dest_ip", "yiaddr"),
    "dest_mac": session_address("dest_mac", "chaddr"),
}
SSL: dict[str, Eval] = {
    "ssl_issuer_email_domain": mail_domain("ssl_issuer_email_domain", "ssl_issuer_email"),
    "ssl_subject_email_domain": mail_domain("ssl_subject_email_domain", "ssl_subject_email"),
    "ssl_validity_window": validity_window,
    "ssl_is_valid": is_valid,
}

DATASETS = [
    dataset(
        "Network_Traffic.All_Traffic",
        table(
            f"app channel {DEST} dest_interface dest_ip dest_mac dest_translated_ip"
            f" dest_translated_port dest_zone direction duration dvc_ip {DVC} dvc_mac dvc_zone"
            " flow_id icmp_code icmp_type process_id protocol protocol_version response_time"
            f" session_id {SRC} src_interface src_ip src_mac src_translated_ip src_translated_port"
            f" src_zone ssid tag tcp_flag tos ttl {USER} vlan wifi vendor_account",
            "action dest dvc rule src user",
            TRAFFIC,
        ),
        children={
            "Traffic_By_Action": Child("All_Traffic", "action=*"),
            "Allowed_Traffic": Child("Traffic_By_Action", "action=allowed"),
            "Blocked_Traffic": Child("Traffic_By_Action", "action=blocked"),
        },
    ),
    dataset(
        "Network_Resolution.DNS",
        table(
            f"additional_answer_count authority_answer_count {DEST} dest_port duration name"
            f" query_type record_type response_time src {SRC} src_port tag transport"
            " transaction_id ttl reply_code",
            "answer dest message_type query",
            RESOLUTION,
        ),
    ),
    dataset(
        "Network_Sessions.All_Sessions",
        table(
            f"action {DEST} duration response_time signature signature_id {SRC} src_dns src_ip"
            f" src_mac src_nt_host tag {USER}",
            "dest_nt_host dest_dns user",
            SESSIONS,
        ),
        inputs="yiaddr chaddr",
        children={
            "Session_Start": Child("All_Sessions", "tag=start"),
            "Session_End": Child("All_Sessions", "tag=end"),
            "DHCP": Child("All_Sessions", "tag=dhcp", table("lease_duration lease_scope")),
            "VPN": Child("All_Sessions", "tag=vpn"),
        },
    ),
    dataset(
        "Intrusion_Detection.IDS_Attacks",
        table(
            f"action {DEST} dest_port {DVC} file_hash file_name file_path severity_id signature_id"
            f" {SRC} src_port transport tag {USER}",
            "dvc ids_type category signature severity src dest user",
            VENDOR_PRODUCT,
        ),
        children={
            "Application_IDS_Attacks": Child("IDS_Attacks", "ids_type=application"),
            "Host_IDS_Attacks": Child("IDS_Attacks", "ids_type=host"),
            "Network_IDS_Attacks": Child("IDS_Attacks", "ids_type=network"),
        },
    ),
    dataset(
        "Certificates.All_Certificates",
        table(f"dest {DEST} dest_port duration response_time src {SRC} src_port tag transport"),
        children={
            "SSL": Child(
                "All_Certificates",
                "(tag=ssl OR tag=tls)",
                table(
                    "ssl_end_time ssl_engine ssl_issuer_email ssl_issuer_locality ssl_issuer_state"
                    " ssl_issuer_organization ssl_issuer_unit ssl_issuer_street ssl_name"
                    " ssl_policies ssl_publickey ssl_publickey_algorithm ssl_serial ssl_session_id"
                    " ssl_signature_algorithm ssl_start_time ssl_subject_email"
                    " ssl_subject_locality ssl_subject_state ssl_subject_organization"
                    " ssl_subject_unit ssl_subject_street ssl_version",
                    "ssl_hash ssl_issuer ssl_issuer_common_name ssl_subject"
                    " ssl_subject_common_name",
                    SSL,
                ),
            )
        },
    ),
]
