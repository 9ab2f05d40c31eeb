#!/bin/bash
# `make verify-compose`: brings the real docker-compose.yml up from nothing, checks it end to end, and takes it down.
# With an engine that can reach a registry, the real images are used. Without one (or with VERIFY_STANDINS=1, as root on
# Debian) a private engine is started and an override swaps the images for stand-ins; nothing else of the file changes.
#   LAB=DIR            scratch folder; keeps downloads for the next time
#   STANDIN_SUITE=…    the Debian suite the engine and the servers come from (trixie)
#   --mutations        break things on purpose instead, and show that the checks notice
#   --cluster          docker-compose.cluster.yml instead: six nodes, a master that is killed, its replica that takes over
#   --arm64            the image alone, made for arm64 and run on this amd64 machine through QEMU (arm64.py)
#   VERIFY_ONLY=a,b    only these groups of checks;  VERIFY_KEEP=1 leaves everything running
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
started=$(date +%s)
program=deploy.verify.checks
[ "${1:-}" != --mutations ] || program=deploy.verify.mutations
[ "${1:-}" != --cluster ] || program=deploy.verify.cluster
[ "${1:-}" != --arm64 ] || program=deploy.verify.arm64
step() { printf '[%4ds] %s\n' $(($(date +%s) - started)) "$*"; }
export LAB=${LAB:-$(mktemp -d /tmp/tocsin-verify.XXXX)} STANDIN_SUITE=${STANDIN_SUITE:-trixie}
mkdir -p "$LAB"
source "$here/emulation.sh"
if [ $program = deploy.verify.arm64 ]; then
  [ "$(uname -m)" = x86_64 ] || { echo "for amd64 machines; on an arm64 one the image is built and run as it is"; exit 2; }
  [ -n "${VERIFY_KEEP:-}" ] || trap emulation_stop EXIT
  emulation_start
  step "programs of arm64 can be started"
fi

if [ -z "${VERIFY_STANDINS:-}" ] && docker compose version > /dev/null 2>&1 \
  && timeout 60 docker pull -q redis:8.2.9-bookworm > /dev/null 2>&1; then
  step "an engine with a registry: the real images"
  cd "$root" && python3 -m "$program"
  exit
fi

[ "$(id -u)" = 0 ] || { echo "no engine that can pull images; stand-ins need root on Debian"; exit 2; }
step "no registry: Debian's packages"
needed="docker.io iptables slirp4netns iproute2 mmdebstrap"
if ! dpkg -s $needed > /dev/null 2>&1; then
  apt-get -qq -o DPkg::Lock::Timeout=300 update
  apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $needed > /dev/null
fi
"$here/standins.sh" debs
step "engine and Compose of $STANDIN_SUITE"
x=$LAB/cache/x
mkdir -p "$LAB/bin" "$LAB/docker-config/cli-plugins"
# The machine's own runc: a newer one needs a newer C library.
cp "$x"/usr/sbin/dockerd "$x"/usr/sbin/docker-proxy "$x"/usr/bin/containerd "$x"/usr/bin/containerd-shim-runc-v2 "$LAB/bin/"
cp "$x"/usr/libexec/docker/cli-plugins/* "$LAB/docker-config/cli-plugins/"
source "$here/engine.sh"
[ -n "${VERIFY_KEEP:-}" ] || trap 'engine_stop; emulation_stop; step "engine stopped"' EXIT
docker info > /dev/null 2>&1 || engine_start
step "engine up"
if [ $program = deploy.verify.arm64 ]; then
  "$here/standins.sh" python
  "$here/standins.sh" python arm64
else
  "$here/standins.sh" all
fi
step "stand-ins made"
cd "$root"
nsenter --net="/run/netns/$VERIFY_NS" env VERIFY_STANDINS=1 VERIFY_OUTSIDE=10.0.2.3:53 python3 -m "$program"
