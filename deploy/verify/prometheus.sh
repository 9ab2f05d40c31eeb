#!/bin/sh
# Checks Prometheus's files with its own tool: configuration, rules (all lints), and the rules' unit tests.
# Ends with 3 when promtool is not installed (Debian and Ubuntu: `apt-get install prometheus`).
set -eu
cd "$(dirname "$0")/../.."
command -v promtool > /dev/null || { echo "promtool is not installed: nothing was checked"; exit 3; }
promtool check config --syntax-only deploy/prometheus/prometheus.yml
promtool check rules --lint=all --lint-fatal deploy/prometheus/rules/*.yml
promtool test rules deploy/prometheus/tests/*.yml
