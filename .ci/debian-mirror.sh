#!/usr/bin/env bash
# Prints an apt source line for the suite $1 on the Debian mirror that this machine uses itself.
set -euo pipefail

suite=$1
mirror=$(
  {
    sed --quiet 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' /etc/apt/sources.list.d/*.sources
    sed --quiet --regexp-extended \
      's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+).*/\2/p' /etc/apt/sources.list
  } 2> /dev/null | grep --extended-regexp '/debian/?$' | head --lines=1 || true
)
if [ -z "$mirror" ]; then
  echo "No Debian mirror found in /etc/apt. Add this machine's mirror to /etc/apt/sources.list." >&2
  exit 1
fi
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
