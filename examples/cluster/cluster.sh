#!/usr/bin/env bash
# Three relays with one memory, on this machine: PostgreSQL, NATS, three `shopbell serve`, and
# nginx in front. Everything is kept in one folder; Ctrl-C ends it all.
#
#   examples/cluster/cluster.sh [FOLDER]
#
# Needs: `shopbell` on the path (or SHOPBELL=/path/to/it), and on Debian
# `apt-get install postgresql nats-server nginx-light`.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mkdir -p "${1:-cluster-data}" && cd "${1:-cluster-data}" && pwd)
shopbell=${SHOPBELL:-shopbell}
postgres=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

# PostgreSQL does not run as root.
as_owner=()
if [ "$(id -u)" = 0 ]; then
    as_owner=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi

trap 'trap - EXIT; kill $(jobs -p) 2> /dev/null || true; wait' EXIT
trap 'exit 0' INT TERM

if [ ! -d "$folder/postgres" ]; then
    mkdir -p "$folder/postgres"
    [ "${#as_owner[@]}" = 0 ] || chown nobody:nogroup "$folder/postgres"
    (cd / && "${as_owner[@]}" "$postgres/initdb" -D "$folder/postgres" -U shopbell --auth=trust \
        -E UTF8 --locale=C.UTF-8 > /dev/null)
fi
"${as_owner[@]}" "$postgres/postgres" -D "$folder/postgres" -k '' \
    -c listen_addresses=127.0.0.1 -p 5433 2> "$folder/postgres.log" &
until "$postgres/pg_isready" -q -h 127.0.0.1 -p 5433; do sleep 0.2; done
"$postgres/createdb" -h 127.0.0.1 -p 5433 -U shopbell shopbell 2> /dev/null || true

"$(command -v nats-server || echo /usr/sbin/nats-server)" -a 127.0.0.1 -p 4222 2> "$folder/nats.log" &

# One data folder for all: it holds the relays' key and settings, and no messages.
export SHOPBELL_SERVER__DATA="$folder/shopbell"
export SHOPBELL_SERVER__PUBLIC_URL=http://localhost:8080
export SHOPBELL_SERVER__TRUSTED_PROXIES='["127.0.0.1/32"]'
export SHOPBELL_STORE__POSTGRES=postgresql://shopbell@127.0.0.1:5433/shopbell
export SHOPBELL_CLUSTER__NATS=nats://127.0.0.1:4222
for port in 8081 8082 8083; do
    "$shopbell" serve --listen "127.0.0.1:$port" 2> "$folder/relay-$port.log" &
done

mkdir -p "$folder/nginx"
cat << TEXT
The relays listen behind http://localhost:8080; their logs are in $folder.
In another terminal, with the same settings:

  export SHOPBELL_SERVER__DATA=$SHOPBELL_SERVER__DATA SHOPBELL_SERVER__PUBLIC_URL=$SHOPBELL_SERVER__PUBLIC_URL \\
      SHOPBELL_STORE__POSTGRES=$SHOPBELL_STORE__POSTGRES
  $shopbell shop add oak --name "Oak & Ash" --owner Ana --site http://localhost:8000
  $shopbell owner link oak
TEXT
"$(command -v nginx || echo /usr/sbin/nginx)" -p "$folder/nginx" -c "$here/nginx.conf" &
# Not in the foreground, for a shell that waits for a program hears no signal before it ends.
wait $!
