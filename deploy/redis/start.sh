#!/bin/sh
# Starts Redis with a password that exists only in memory: in a tmpfs volume that the stages mount read-only.
set -eu
secret=/run/secrets/tocsin_redis_password
umask 022 # the image's entry point takes all rights from others, and the stages are others
if [ "${REDIS_NODE:-1}" != 1 ]; then
  until [ -s "$secret" ]; do sleep 0.2; done # of a cluster only the first node makes it
elif [ ! -s "$secret" ]; then
  password=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
  for node in ${REDIS_NODES:-redis}; do # the exporter looks passwords up by server
    printf '%s"redis://%s:6379":"%s"' "${comma-{}" "$node" "$password"
    comma=,
  done > /run/secrets/redis_exporter_passwords.json
  printf '}' >> /run/secrets/redis_exporter_passwords.json
  printf '%s' "$password" > "$secret.new"
  mv "$secret.new" "$secret" # readers see all of it or nothing
fi
umask 077
{
  cat /etc/tocsin/redis.conf
  printf 'maxmemory %s\nappendfsync %s\n' "$REDIS_MAXMEMORY" "$REDIS_APPENDFSYNC"
  if [ -n "${REDIS_NODE:-}" ]; then
    cat /etc/tocsin/cluster.conf
    printf 'masterauth %s\n' "$(cat "$secret")"
  fi
  printf 'requirepass %s\n' "$(cat "$secret")" # printf is part of the shell: not seen in a list of processes
} > /tmp/redis.conf
exec redis-server /tmp/redis.conf
