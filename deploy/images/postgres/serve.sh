#!/bin/sh
# Makes a database cluster and serves it on 5432, on all addresses. Variables as in the official image: POSTGRES_PASSWORD
# (wanted), POSTGRES_USER (postgres), POSTGRES_DB (the user's name). Runs as any user that may write TMPDIR.
set -eu
if [ -z "${POSTGRES_PASSWORD:-}" ]; then
  echo 'Error: database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD' >&2
  exit 1
fi
bin=$(echo /usr/lib/postgresql/*/bin)
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
data=$(mktemp -d)/data
socket=$(dirname "$data")
printf %s "$POSTGRES_PASSWORD" >"$socket/password"
# A throw-away database need not outlive a power failure.
"$bin/initdb" --pgdata="$data" --username="$user" --pwfile="$socket/password" --no-sync --no-locale --encoding=UTF8 \
  --auth-local=trust --auth-host=scram-sha-256
echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
if [ "$database" != postgres ]; then
  echo "CREATE DATABASE \"$database\"" | "$bin/postgres" --single -D "$data" -F postgres >/dev/null
fi
exec "$bin/postgres" -D "$data" -k "$socket" -F -c listen_addresses='*' "$@"
