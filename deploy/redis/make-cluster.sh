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
is_whole() { redis-cli -h "${first%:*}" -p "${first#*:}" cluster info | grep -q '^cluster_state:ok'; }
if ! is_whole && redis-cli -h "${first%:*}" -p "${first#*:}" cluster info | grep -q '^cluster_known_nodes:1'; then
  # shellcheck disable=SC2086  # one argument for each node
  redis-cli --cluster create $NODES --cluster-replicas 1 --cluster-yes
fi
until is_whole; do sleep 0.5; done
