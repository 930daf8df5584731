#!/bin/sh
# git's credential helper (gitcredentials(7)): `get` prints the password, for the origin of the main
# repository only, so that a submodule elsewhere never sees it. `erase` means that the server refused.
# What it writes to stderr is read by explain-failure.ts: it tells a wrong password from a lost network.
protocol='' host=''
while IFS='=' read -r key value; do
  case "$key" in
    protocol) protocol=$value ;;
    host) host=$value ;;
  esac
done

[ "$protocol://$host" = "$GITCRON_ORIGIN" ] && [ -n "$GITCRON_PASSWORD" ] || {
  [ "$1" = get ] && echo 'GITCRON_CREDENTIAL_MISSING' >&2
  exit 0
}

case "$1" in
  get) printf 'username=%s\npassword=%s\n' "$GITCRON_USERNAME" "$GITCRON_PASSWORD" ;;
  erase) echo 'GITCRON_CREDENTIAL_REFUSED' >&2 ;;
esac
