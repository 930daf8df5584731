#!/usr/bin/env bash
# Builds stand-ins for the two official images that our Dockerfiles and compose file name, out of
# Debian's and npm's packages, on a machine that has no container registry. An image that is
# present already, or that can be pulled, is left alone.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
debian=gitcron-stand-in/debian:trixie

missing=()
for image in node:24-trixie-slim postgres:17; do
  docker image inspect "$image" > /dev/null 2>&1 && continue
  timeout 300 docker pull --quiet "$image" 2> /dev/null || missing+=("$image")
done
[ ${#missing[@]} -eq 0 ] && exit
echo "No registry has ${missing[*]}: building stand-ins from Debian's and npm's packages"

stage=$(mktemp --directory)
trap 'rm --recursive --force "$stage"' EXIT

# What makes this machine's network work is handed on: its certificates and its npm settings.
certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}

if ! docker image inspect "$debian" > /dev/null 2>&1; then
  command -v debootstrap > /dev/null || {
    apt-get -qq -o DPkg::Lock::Timeout=300 update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
      install --yes --no-install-recommends debootstrap > /dev/null
  }
  mirror=$("$here/../debian-mirror.sh" trixie | awk '{ print $3 }')
  debootstrap --variant=minbase --include=ca-certificates trixie "$stage/debian" "$mirror" \
    > "$stage/debootstrap.log" 2>&1 || { tail --lines=40 "$stage/debootstrap.log" >&2 && exit 1; }
  cp "$certificates" "$stage/debian/etc/ssl/certs/ca-certificates.crt"
  rm --recursive --force "$stage"/debian/var/cache/apt/* "$stage"/debian/var/lib/apt/lists/*
  tar --directory "$stage/debian" --create . | docker import - "$debian" > /dev/null
  rm --recursive --force "$stage/debian"
fi

cp "$here"/*.Dockerfile "$here/postgres-entrypoint.sh" "$stage"
cp "$root/node_modules/node/bin/node" "$stage/node"
cp --recursive --dereference "$(npm root --global)/npm" "$stage/npm"
cat > "$stage/npmrc" << NPMRC
registry=$(npm config get registry)
cafile=/etc/ssl/certs/ca-certificates.crt
update-notifier=false
NPMRC

for image in "${missing[@]}"; do
  echo "Building $image"
  STAGE=$stage docker compose --progress quiet --file "$here/compose.yml" build "${image%%:*}"
done
