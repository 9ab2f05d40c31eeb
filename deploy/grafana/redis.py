"""How the server of all streams stands."""

from deploy.grafana.panels import RATE, dashboard, series, stat

DASHBOARD = dashboard(
    "redis",
    "Redis",
    "The server of all streams: memory, work, durability.",
    [
        stat("Up", "1 when the exporter reaches Redis.", "short", "redis_up"),
        stat(
            "Memory",
            "Used against the limit.",
            "percentunit",
            "redis_memory_used_bytes / redis_memory_max_bytes",
            thresholds={0.7: "orange", 0.85: "red"},
        ),
        stat("Running for", "Time since Redis was started.", "s", "redis_uptime_in_seconds"),
        stat("Clients", "Connections to Redis.", "short", "redis_connected_clients"),
        stat("Log on disk", "Size of the append-only file.", "bytes", "redis_aof_current_size_bytes"),
        stat(
            "Last write to disk",
            "1 when the last write of the append-only file went well.",
            "short",
            "redis_aof_last_write_status",
        ),
        series(
            "Memory",
            "Used, and the limit at which writes are refused.",
            "bytes",
            ("redis_memory_used_bytes", "used"),
            ("redis_memory_max_bytes", "limit"),
            width=12,
        ),
        series(
            "Commands",
            "Commands a second.",
            "cps",
            (f"rate(redis_commands_processed_total[{RATE}])", "commands"),
            width=12,
        ),
        series(
            "Streams",
            "Entries of each stream.",
            "short",
            ("redis_stream_length", "{{stream}}"),
            width=12,
        ),
        series(
            "Pending",
            "Entries that were given out and not yet acknowledged.",
            "short",
            ("redis_stream_group_messages_pending", "{{stream}} {{group}}"),
            width=12,
        ),
        series(
            "Network",
            "Bytes a second in and out.",
            "Bps",
            (f"rate(redis_net_input_bytes_total[{RATE}])", "in"),
            (f"rate(redis_net_output_bytes_total[{RATE}])", "out"),
            width=12,
        ),
        series(
            "Processor",
            "Processor time; 1 is a whole core, and Redis has one.",
            "percentunit",
            (f"rate(redis_cpu_user_seconds_total[{RATE}]) + rate(redis_cpu_sys_seconds_total[{RATE}])", "redis"),
            width=12,
            thresholds={0.8: "red"},
        ),
    ],
)
