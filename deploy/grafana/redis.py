"""How the server of all streams stands, or each node of a cluster."""

from deploy.grafana.panels import RATE, dashboard, series, stat

DASHBOARD = dashboard(
    "redis",
    "Redis",
    "The server of all streams, or each node of a cluster: memory, work, durability.",
    [
        stat("Up", "1 when the exporter reaches every Redis.", "short", "min(redis_up)"),
        stat(
            "Memory",
            "Used against the limit, on the fullest Redis.",
            "percentunit",
            "max(redis_memory_used_bytes / redis_memory_max_bytes)",
            thresholds={0.7: "orange", 0.85: "red"},
        ),
        stat("Running for", "Time since the last start of a Redis.", "s", "min(redis_uptime_in_seconds)"),
        stat("Clients", "Connections to Redis.", "short", "sum(redis_connected_clients)"),
        stat("Log on disk", "Size of the append-only files.", "bytes", "sum(redis_aof_current_size_bytes)"),
        stat(
            "Last write to disk",
            "1 when the last write of every append-only file went well.",
            "short",
            "min(redis_aof_last_write_status)",
        ),
        series(
            "Memory",
            "Used, and the limit at which writes are refused.",
            "bytes",
            ("redis_memory_used_bytes", "{{instance}}"),
            ("min(redis_memory_max_bytes)", "limit"),
            width=12,
        ),
        series(
            "Commands",
            "Commands a second.",
            "cps",
            (f"rate(redis_commands_processed_total[{RATE}])", "{{instance}}"),
            width=12,
        ),
        series(
            "Streams",
            "Messages before each stage, and alerts in the log; of all partitions.",
            "short",
            ("stage:tocsin_stream_messages:max", "{{stage}}"),
            ("max(tocsin_alert_log_alerts)", "alert log"),
            width=12,
        ),
        series(
            "Pending",
            "Messages that were given out and not yet acknowledged.",
            "short",
            ("stage:tocsin_stream_messages:max - stage:tocsin_stream_waiting_messages:max", "{{stage}}"),
            width=12,
        ),
        series(
            "Network",
            "Bytes a second in and out.",
            "Bps",
            (f"rate(redis_net_input_bytes_total[{RATE}])", "{{instance}} in"),
            (f"rate(redis_net_output_bytes_total[{RATE}])", "{{instance}} out"),
            width=12,
        ),
        series(
            "Processor",
            "Processor time; 1 is a whole core, and Redis has one.",
            "percentunit",
            (f"rate(redis_cpu_user_seconds_total[{RATE}]) + rate(redis_cpu_sys_seconds_total[{RATE}])", "{{instance}}"),
            width=12,
            thresholds={0.8: "red"},
        ),
    ],
)
