#!/bin/bash
# A new cluster, a server, and a query that it spreads over parallel workers.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
export PGDATA=/tmp/data PGHOST=/tmp PGDATABASE=postgres
initdb --auth trust --no-sync --no-instructions >/tmp/initdb.log 2>&1 || { cat /tmp/initdb.log; exit 1; }
pg_ctl start -w -l /tmp/server.log -o "-k /tmp -c listen_addresses=127.0.0.1 -c shared_buffers=16MB" \
  >/dev/null || { cat /tmp/server.log; exit 1; }
psql -qAt -c 'create table numbers as select generate_series(1, 100000) as n; analyze numbers'
workers=$(psql -qAt <<'END'
set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
explain (analyze, costs off, timing off) select count(*) from numbers;
END
)
case $workers in *"Workers Launched: "[1-9]*) ;; *) echo "$workers"; exit 1 ;; esac
answer=$(PGHOST=127.0.0.1 psql -qAt -c 'select count(*) / 2500 + 2 from numbers')
pg_ctl stop -m fast >/dev/null
echo "answer: $answer"
