#!/bin/bash
# Sourced by run.sh: a private Docker engine in a network namespace of its own, so that nothing of this machine changes.
# Real bridges, DNS, firewall and limits; for machines that have no engine, or none that can reach a registry.
: "${LAB:?set LAB to a scratch folder}"
NS=${VERIFY_NS:-tocsin-verify}
export VERIFY_NS=$NS DOCKER_HOST=unix://$LAB/docker.sock DOCKER_CONFIG=$LAB/docker-config

engine_start() {
  ip netns add "$NS"
  nsenter --net="/run/netns/$NS" ip link set lo up
  # Not `ip netns exec`: it mounts another /sys, and the engine needs this machine's cgroups.
  PATH=$LAB/bin:$PATH setsid nsenter --net="/run/netns/$NS" dockerd \
    --data-root "$LAB/data" --exec-root "$LAB/exec" --pidfile "$LAB/dockerd.pid" -H "$DOCKER_HOST" \
    --dns 10.0.2.3 --log-level=warn > "$LAB/dockerd.log" 2>&1 &
  setsid slirp4netns --configure --mtu=1400 --disable-host-loopback --netns-type=path "/run/netns/$NS" tap0 \
    > "$LAB/slirp.log" 2>&1 &
  echo $! > "$LAB/slirp.pid"
  for _ in $(seq 60); do
    docker info > /dev/null 2>&1 && return 0
    sleep 0.5
  done
  tail -20 "$LAB/dockerd.log"
  return 1
}

engine_stop() {
  local pid
  if pid=$(cat "$LAB/dockerd.pid" 2> /dev/null); then
    kill "$pid"
    for _ in $(seq 60); do
      kill -0 "$pid" 2> /dev/null || break
      sleep 0.25
    done
  fi
  kill "$(cat "$LAB/slirp.pid" 2> /dev/null)" 2> /dev/null
  sleep 0.5
  ip netns del "$NS" 2> /dev/null
  return 0
}
