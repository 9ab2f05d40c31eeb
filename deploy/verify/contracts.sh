#!/usr/bin/env bash
# Asks tools that are not ours about our contracts: schemathesis about the API, AsyncAPI's parser about asyncapi.json.
# Needs PyPI and npm; whatever is installed for it lies in .verify/ and touches nothing else. Arguments go to the fuzzer.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .verify
[ -x .verify/python/bin/schemathesis ] || { .venv/bin/python -m venv .verify/python; .verify/python/bin/pip install --quiet 'schemathesis>=4.32,<5'; }
[ -d .verify/node_modules/@asyncapi/parser ] || npm install --silent --no-fund --no-audit --prefix .verify '@asyncapi/parser@^3.6'
cp deploy/verify/asyncapi.mjs .verify/
node .verify/asyncapi.mjs schemas/generated/asyncapi.json
.venv/bin/python -m benchmarks.deliver_fuzz --tool "$PWD/.verify/python/bin/schemathesis" "$@"
