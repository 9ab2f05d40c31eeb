"""What comes from each source."""

from deploy.grafana.panels import RATE, dashboard, series, variable

OF = '{source=~"$source"}'
DASHBOARD = dashboard(
    "sources",
    "Sources",
    "What comes from each source, how much of it is article, and who has fallen silent.",
    [
        series(
            "Pages",
            "Pages a minute by source.",
            "cpm",
            (f"topk(20, sum by (source) (rate(tocsin_source_pages_total{OF}[{RATE}]))) * 60", "{{source}}"),
            width=12,
            is_stacked=True,
        ),
        series(
            "Refused",
            "Share of a source's pages that gave no article.",
            "percentunit",
            (
                f"topk(20, sum by (source) (rate(tocsin_source_refused_pages_total{OF}[{RATE}])) / "
                f"sum by (source) (rate(tocsin_source_pages_total{OF}[{RATE}])))",
                "{{source}}",
            ),
            width=12,
        ),
        series(
            "Yield",
            "Share of a page that is article; a fall means that a site has changed its pages.",
            "percentunit",
            (
                f"topk(20, sum by (source) (rate(tocsin_source_text_bytes_total{OF}[{RATE}])) / "
                f"sum by (source) (rate(tocsin_source_page_bytes_total{OF}[{RATE}])))",
                "{{source}}",
            ),
            width=12,
        ),
        series(
            "Freshness",
            "Time since the source last gave an article.",
            "s",
            (
                f"topk(20, time() - max by (source) (tocsin_source_last_article_timestamp_seconds{OF} > 0))",
                "{{source}}",
            ),
            width=12,
        ),
        series(
            "Silent",
            "Sources, rules and languages that are quiet against expectation.",
            "short",
            ("max by (kind) (tocsin_silences)", "{{kind}}"),
            width=12,
        ),
        series(
            "Rhythms known",
            "Sources, rules and languages whose rhythm has been learned.",
            "short",
            ("max by (kind) (tocsin_silence_subjects)", "{{kind}}"),
            width=12,
        ),
    ],
    variables=(variable("source", "Source", "label_values(tocsin_source_pages_total, source)"),),
)
