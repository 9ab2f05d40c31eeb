"""What each rule costs and yields."""

from deploy.grafana.panels import RATE, dashboard, series, variable

OF = '{rule=~"$rule"}'
DASHBOARD = dashboard(
    "rules",
    "Rules",
    "What each rule yields and costs, and when it last held.",
    [
        series(
            "Alerts",
            "Alert events a minute by rule.",
            "cpm",
            (f"topk(20, sum by (rule) (rate(tocsin_alerts_total{OF}[{RATE}]))) * 60", "{{rule}}"),
            width=12,
            is_stacked=True,
        ),
        series(
            "Hits",
            "Articles a minute that satisfied the rule's condition.",
            "cpm",
            (f"topk(20, sum by (rule) (rate(tocsin_rule_hits_total{OF}[{RATE}]))) * 60", "{{rule}}"),
            width=12,
        ),
        series(
            "Candidates",
            "Articles a second that the index could not rule out.",
            "cps",
            (f"topk(20, sum by (rule) (rate(tocsin_rule_candidates_total{OF}[{RATE}])))", "{{rule}}"),
            width=12,
        ),
        series(
            "Cost",
            "Processor time of each rule; 1 is a whole core.",
            "percentunit",
            (f"topk(20, sum by (rule) (rate(tocsin_rule_seconds_total{OF}[{RATE}])))", "{{rule}}"),
            width=12,
        ),
        series(
            "Decisions",
            "What became of rules that held, a minute: rang, updated, a duplicate, cooling down, muted and so on.",
            "cpm",
            (f"sum by (state) (rate(tocsin_decisions_total[{RATE}])) * 60", "{{state}}"),
            width=12,
            is_stacked=True,
        ),
        series(
            "Last hit",
            "Time since the rule last held; rules that never did are left out.",
            "s",
            (f"topk(20, time() - max by (rule) (tocsin_rule_last_hit_timestamp_seconds{OF} > 0))", "{{rule}}"),
            width=12,
        ),
    ],
    variables=(variable("rule", "Rule", "label_values(tocsin_rule_candidates_total, rule)"),),
)
