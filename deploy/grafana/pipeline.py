"""What each stage takes, holds, hands on, drops and loses to the dead letters."""

from deploy.grafana.panels import RATE, dashboard, quantile, series, variable

OF = '{stage=~"$stage"}'
DASHBOARD = dashboard(
    "pipeline",
    "Pipeline",
    "What each stage takes, holds and hands on; what it drops and why; what it costs.",
    [
        series(
            "In",
            "Messages a second that were read.",
            "cps",
            (f"sum by (stage) (rate(tocsin_messages_received_total{OF}[{RATE}]))", "{{stage}}"),
        ),
        series(
            "Out",
            "Messages a second that were written to the next stream.",
            "cps",
            (f"sum by (stage) (rate(tocsin_messages_sent_total{OF}[{RATE}]))", "{{stage}}"),
        ),
        series(
            "In progress",
            "Messages that workers hold.",
            "short",
            (f"sum by (stage) (tocsin_messages_in_progress{OF})", "{{stage}}"),
        ),
        series(
            "Waiting",
            "Messages nobody has read yet.",
            "short",
            (f"max by (stage) (tocsin_stream_waiting_messages{OF})", "{{stage}}"),
        ),
        series(
            "Pending",
            "Messages that workers hold or left behind.",
            "short",
            (f"max by (stage) (tocsin_stream_pending_messages{OF})", "{{stage}}"),
        ),
        series(
            "Oldest message",
            "Age of the oldest message of each stream.",
            "s",
            (f"max by (stage) (tocsin_stream_oldest_message_seconds{OF})", "{{stage}}"),
        ),
        series(
            "Handling time",
            "The stage's own work for one message, 99 of 100.",
            "s",
            (quantile(0.99, "tocsin_handling_seconds", "stage", OF), "{{stage}}"),
        ),
        series(
            "Dropped on purpose",
            "Messages of no use, by reason.",
            "cps",
            (
                f"sum by (stage, reason) (rate(tocsin_messages_dropped_total{OF}[{RATE}]))",
                "{{stage}} {{reason}}",
            ),
            is_stacked=True,
        ),
        series(
            "Dead letters",
            "Messages that could not be processed, by reason.",
            "cps",
            (
                f"sum by (stage, reason) (rate(tocsin_messages_dead_total{OF}[{RATE}]))",
                "{{stage}} {{reason}}",
            ),
            is_stacked=True,
        ),
        series(
            "Adopted",
            "Messages taken over from workers that died or let go.",
            "cps",
            (f"sum by (stage) (rate(tocsin_messages_claimed_total{OF}[{RATE}]))", "{{stage}}"),
        ),
        series(
            "Waits for room",
            "Pauses a second because the next stream was full: back-pressure at work.",
            "cps",
            (f"sum by (stage) (rate(tocsin_waits_for_room_total{OF}[{RATE}]))", "{{stage}}"),
        ),
        series(
            "Last finished",
            "Time since any worker of the stage finished a batch.",
            "s",
            (f"time() - max by (stage) (tocsin_last_finished_timestamp_seconds{OF} > 0)", "{{stage}}"),
        ),
        series(
            "Memory",
            "Resident memory of each process.",
            "bytes",
            ('process_resident_memory_bytes{job="tocsin"}', "{{service}} {{instance}}"),
        ),
        series(
            "Processor",
            "Processor time of each service; 1 is one core.",
            "short",
            (f'sum by (service) (rate(process_cpu_seconds_total{{job="tocsin"}}[{RATE}]))', "{{service}}"),
        ),
        series(
            "Workers",
            "Processes that Prometheus reaches.",
            "short",
            ('sum by (service) (up{job="tocsin"})', "{{service}}"),
        ),
    ],
    variables=(variable("stage", "Stage", "label_values(tocsin_stream_messages, stage)"),),
)
