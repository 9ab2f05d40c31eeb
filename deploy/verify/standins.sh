#!/bin/bash
# Makes stand-ins for the images that docker-compose.yml names, from Debian packages: no registry is asked.
# What makes them honest: a stand-in has no tool that the real image lacks, the same user, and the same entry point.
# The server programs are the real ones of Debian; Grafana is in no distribution, and its stand-in says what it is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${LAB:?set LAB to a scratch folder}"
suite=${STANDIN_SUITE:-trixie}
cache=$LAB/cache
mkdir -p "$cache"
mirror=$(awk '/^URIs: .*debian\/?$/ {print $2; exit}' /etc/apt/sources.list.d/*.sources)
# The machine's own apt decides whether an old Release file is acceptable.
check=$(apt-config shell V Acquire::Check-Valid-Until | sed "s/V='\(.*\)'/\1/")
slim=(--quiet --variant=minbase "--aptopt=Acquire::Check-Valid-Until \"${check:-true}\""
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*'
  --dpkgopt='path-exclude=/usr/share/locale/*')

# FOLDER PACKAGE… — downloads packages of $suite, without touching this machine's own.
download() {
  local folder=$1 apt=$cache/apt
  shift
  mkdir -p "$apt/lists/partial" "$apt/c/archives/partial" "$folder"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > "$apt/sources.list"
  local options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/c" -o APT::Sandbox::User=root)
  apt-get update "${options[@]}"
  (cd "$folder" && apt-get download "${options[@]}" "$@" 2> /dev/null)
}

# The engine, Compose and the servers.
debs() {
  [ -d "$cache/x/usr/bin" ] && return
  download "$cache/debs" prometheus promtool prometheus-redis-exporter busybox-static \
    docker-compose docker-buildx docker.io containerd libc6
  for deb in "$cache"/debs/*.deb; do dpkg -x "$deb" "$cache/x"; done
}

# QEMU for programs of arm64: one static program of a package that holds one for each kind of machine.
emulator() {
  [ -x "$cache/qemu-aarch64" ] && return
  download "$cache/qemu" qemu-user
  dpkg --fsys-tarfile "$cache"/qemu/qemu-user_*.deb | tar -xO ./usr/bin/qemu-aarch64 > "$cache/qemu-aarch64.part"
  chmod 755 "$cache/qemu-aarch64.part"
  mv "$cache/qemu-aarch64.part" "$cache/qemu-aarch64"
}

# python:3.x-slim: the interpreter, pip and nothing to fetch with. The machine's certificates, because a network may
# sign again what comes through it; a stand-in is never pushed anywhere. An argument names another kind of machine
# than this one (arm64), whose programs this one must be able to run (emulation.sh).
python_image() {
  local arch=${1:-} certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  local bundle=/etc/ssl/certs/ca-certificates.crt tar=$cache/python${arch:+-$arch}.tar
  [ -s "$tar" ] || mmdebstrap "${slim[@]}" ${arch:+--arch="$arch" --skip=check/qemu} \
    --include=python3.11,python3.11-venv,python3-pip,ca-certificates,netbase,tzdata \
    --customize-hook='rm -f "$1"/usr/lib/python3.11/EXTERNALLY-MANAGED' \
    --customize-hook='for n in python python3; do ln -s /usr/bin/python3.11 "$1"/usr/local/bin/$n; done' \
    --customize-hook='ln -s /usr/bin/pip3 "$1"/usr/local/bin/pip' \
    --customize-hook="install -m644 $certificates \$1$bundle" \
    bookworm "$tar" "$mirror" 2> "$tar.log" || { tail -5 "$tar.log"; return 1; }
  docker import ${arch:+--platform "linux/$arch"} -c "ENV LANG=C.UTF-8 PIP_CERT=$bundle SSL_CERT_FILE=$bundle" \
    -c 'CMD ["python3"]' "$tar" "standin/python${arch:+:$arch}" > /dev/null
}

redis_image() {
  [ -s "$cache/redis.tar" ] || mmdebstrap "${slim[@]}" --include=redis-server \
    --customize-hook='chroot "$1" usermod -u 999 redis; chroot "$1" groupmod -g 999 redis' \
    --customize-hook='mkdir -p "$1"/data; chroot "$1" chown 999:999 /data' \
    --customize-hook="install -m755 $here/standins/redis-entrypoint.sh \$1/usr/local/bin/docker-entrypoint.sh" \
    "$suite" "$cache/redis.tar" "$mirror" 2> /dev/null
  docker import -c 'ENTRYPOINT ["docker-entrypoint.sh"]' -c 'CMD ["redis-server"]' -c 'WORKDIR /data' \
    -c 'VOLUME /data' "$cache/redis.tar" standin/redis > /dev/null
}

# NAME USER ENTRYPOINT WORKDIR APPLETS source:target… — a program of Debian, its C library, and a few applets.
go_image() {
  local name=$1 user=$2 entry=$3 folder=$4 applets=$5 root
  shift 5
  root=$(mktemp -d "$cache/rootXXXX")
  mkdir -p "$root"/{bin,etc,tmp,lib64,lib/x86_64-linux-gnu,dev,proc,sys} "$root$folder"
  chmod 1777 "$root/tmp"
  chown 65534:65534 "$root$folder"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' > "$root/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' > "$root/etc/group"
  for pair in "$@"; do install -D -m755 "$cache/x/${pair%%:*}" "$root${pair##*:}"; done
  for library in libc.so.6 libresolv.so.2 libpthread.so.0 libdl.so.2 libnss_dns.so.2 libnss_files.so.2 libm.so.6; do
    cp -L "$cache/x/usr/lib/x86_64-linux-gnu/$library" "$root/lib/x86_64-linux-gnu/" 2> /dev/null || :
  done
  cp -L "$cache/x/usr/lib64/ld-linux-x86-64.so.2" "$root/lib64/" 2> /dev/null \
    || cp -L "$cache/x/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$root/lib64/"
  install -m755 "$cache/x/usr/bin/busybox" "$root/bin/busybox"
  for applet in $applets; do ln -s busybox "$root/bin/$applet"; done
  local volume=()
  [ "$folder" = / ] || volume=(-c "VOLUME $folder")
  tar -C "$root" -c . | docker import -c "USER $user" -c "ENTRYPOINT $entry" -c "WORKDIR $folder" "${volume[@]}" - \
    "standin/$name" > /dev/null
  rm -rf "$root"
}

prometheus_image() {
  go_image prometheus nobody '["/bin/prometheus"]' /prometheus "sh wget ls cat" \
    usr/bin/prometheus:/bin/prometheus usr/bin/promtool:/bin/promtool
}

exporter_image() {
  go_image redis_exporter 59000:59000 '["/redis_exporter"]' / "sh wget ls cat" \
    usr/bin/prometheus-redis-exporter:/redis_exporter
}

grafana_image() {
  local context=$cache/grafana
  mkdir -p "$context"
  cp "$here/standins/grafana.py" "$here/standins/grafana.Dockerfile" "$context/"
  install -m755 "$cache/x/usr/bin/busybox" "$context/busybox"
  docker build -q -t standin/grafana -f "$context/grafana.Dockerfile" "$context" > /dev/null
}

case ${1:-all} in
  debs | emulator) "$1" ;;
  all) for one in debs python_image redis_image prometheus_image exporter_image grafana_image; do $one; done ;;
  *) "${1}_image" "${@:2}" ;;
esac
