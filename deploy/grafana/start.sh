#!/bin/sh
# Starts Grafana with an admin password of its own, made on the first start and kept in its data volume.
set -eu
file=/var/lib/grafana/admin_password
if [ ! -s "$file" ]; then
  (umask 077 && head -c 24 /dev/urandom | base64 > "$file.new" && mv "$file.new" "$file")
fi
exec /run.sh
