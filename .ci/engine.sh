#!/usr/bin/env bash
# Makes `docker` and `docker compose` work on a Debian machine, and prints the pid of the engine
# that it started, if it started one, to the file named by its only argument.
set -euo pipefail

pid_file=$1

# Points apt at another suite of the mirror that this machine uses, in a directory of its own:
# the machine's own sources and package lists stay as they are.
trixie_apt() {
  local directory=$1
  shift
  apt-get -qq \
    -o Dir::Etc::SourceList="$directory/sources.list" \
    -o Dir::Etc::SourceParts=- \
    -o Dir::Etc::PreferencesParts=- \
    -o Dir::State::Lists="$directory/lists" \
    -o Dir::Cache="$directory/cache" \
    -o APT::Sandbox::User=root \
    "$@"
}

install_packages() {
  local missing=()
  command -v dockerd > /dev/null || missing+=(docker.io)
  command -v iptables > /dev/null || missing+=(iptables)
  [ ${#missing[@]} -eq 0 ] && return
  echo "Installing ${missing[*]}"
  apt-get -qq -o DPkg::Lock::Timeout=300 update
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
    install --yes --no-install-recommends "${missing[@]}" > /dev/null
}

# Debian 12 has no compose v2; the program of Debian 13 runs on it.
install_compose() {
  docker compose version > /dev/null 2>&1 && return
  echo 'Installing docker compose'
  local directory
  directory=$(mktemp --directory)
  mkdir --parents "$directory/lists/partial" "$directory/cache/archives/partial"
  "$(dirname "$0")/debian-mirror.sh" trixie > "$directory/sources.list"
  trixie_apt "$directory" update
  (cd "$directory" && trixie_apt "$directory" download docker-compose)
  dpkg --extract "$directory"/docker-compose_*.deb "$directory/package"
  install -D "$directory/package/usr/libexec/docker/cli-plugins/docker-compose" \
    /usr/local/lib/docker/cli-plugins/docker-compose
  rm --recursive "$directory"
}

start_engine() {
  docker info > /dev/null 2>&1 && return
  local log
  log=$(mktemp --suffix=.dockerd.log)
  echo "Starting dockerd; its log is $log"
  setsid dockerd > "$log" 2>&1 < /dev/null &
  local pid=$!
  echo "$pid" > "$pid_file"
  for _ in $(seq 120); do
    docker info > /dev/null 2>&1 && return
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.5
  done
  echo 'The Docker engine did not start. The end of its log:' >&2
  tail --lines=40 "$log" >&2
  exit 1
}

install_packages
start_engine
install_compose
docker version --format 'docker client {{.Client.Version}}, engine {{.Server.Version}}'
docker compose version
