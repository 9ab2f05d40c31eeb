#!/bin/sh
# Makes one cluster of the nodes in $NODES (host:port, masters first), each master with one replica; once.
set -eu
secret=/run/secrets/tocsin_redis_password
until [ -s "$secret" ]; do sleep 0.2; done
REDISCLI_AUTH=$(cat "$secret")
export REDISCLI_AUTH
for node in $NODES; do
  until redis-cli -h "${node%:*}" -p "${node#*:}" ping | grep -q PONG; do sleep 0.5; done
done
first=${NODES%% *}
info() { redis-cli -h "${first%:*}" -p "${first#*:}" cluster info | tr -d '\r'; }
# All slots: a node says "ok" of the few it knows, when making the cluster was interrupted.
is_whole() { info | grep -qx 'cluster_state:ok' && info | grep -qx 'cluster_slots_assigned:16384'; }
if ! is_whole && info | grep -qx 'cluster_known_nodes:1'; then
  # shellcheck disable=SC2086  # one argument for each node
  redis-cli --cluster create $NODES --cluster-replicas 1 --cluster-yes
fi
until is_whole; do sleep 0.5; done
