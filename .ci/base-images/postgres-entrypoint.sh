#!/usr/bin/env bash
# What the official image's entrypoint does on a first start, no more.
set -euo pipefail

if [ "${1#-}" != "$1" ]; then set -- postgres "$@"; fi
if [ "$1" != postgres ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
  chown postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
  fi
  chmod 700 "$PGDATA"
  initdb --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") > /dev/null
  printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
  pg_ctl --wait --options="$(printf '%q ' "${@:2}" -c listen_addresses= -p 5432)" start
  run_psql() {
    psql --set=ON_ERROR_STOP=1 --no-password --no-psqlrc --username="$user" "$@"
  }
  if [ "$database" != postgres ]; then
    run_psql --dbname=postgres --set=database="$database" <<< 'CREATE DATABASE :"database";'
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) run_psql --dbname="$database" --file="$file" ;;
    esac
  done
  pg_ctl --wait --mode=fast stop
fi
exec "$@"
