#!/bin/bash
# What `bulkhead watch` serves for Prometheus: of real denials, starts and refusals, read by a real
# Prometheus, with every query of the dashboard and the alert rules.
# shellcheck disable=SC2317,SC2119  # functions called by name; start_watch takes options, ours has none
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=helpers/denials.sh
. "$ROOT/tests/integration/helpers/denials.sh"
denials_node "$@"

METRICS=$ROOT/packaging/metrics
SOCKET=/run/bulkhead/metrics.sock
EVENTS=/var/log/bulkhead/events.jsonl

listen_at() { write_policy <<<"{\"version\": 1, \"metrics\": {\"listen\": \"$1\"}}"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
scrape() { curl -sS --max-time 10 --unix-socket "$SOCKET" http://node/metrics; }
# value SERIES: of one line of the text; nothing when there is none.
value() { scrape | awk -v series="$1 " 'index($0, series) == 1 { print $NF }'; }
reads() { [ "$(value "$1")" = "$2" ]; } # SERIES NUMBER
# deny NAME ACTION WORD…: a container whose program is denied getppid that way.
deny() {
  local name=$1 action=$2
  shift 2
  make_bundle "$NODE/$name" "$(args /bin/denied_caller "$@")" "$(denying "$action" getppid)"
  run_container $RUNTIME "met-$name-$$" "$NODE/$name"
}
of_container() { # NAME ACTION
  echo "bulkhead_container_denials_total{namespace=\"\",pod=\"\",container=\"met-$1-$$\",kind=\"seccomp\",action=\"$2\"}"
}
# A container that the policy refuses: its profile has an action that does not exist.
refuse() {
  make_bundle "$NODE/refused" "$(args /bin/true)" '.linux.seccomp = {defaultAction: "SCMP_ACT_PERMIT"}'
  run_container $RUNTIME "met-refused-$$" "$NODE/refused"
}

# ---- off, and on ---------------------------------------------------------------------------------------

start_watch
lacks "without a policy nothing is said of metrics" metrics "$(cat "$NODE/watch.err")"
same "and nothing listens" "" "$(find /proc/$WATCHER/fd -lname '*eventpoll*')"
stop_watch

echo '{"event":"refused","stage":"shim run"}' >"$EVENTS"  # of before
listen_at "unix:$SOCKET"
umask 077
start_watch
umask 022
contains "where the metrics are served is said" "serving metrics at 'unix:$SOCKET'" "$(cat "$NODE/watch.err")"
same "the socket is its owner's and the group's, whatever the umask" "srw-rw----" "$(stat -c %A "$SOCKET")"
scrape >"$NODE/text"
same "the text is what promtool takes for good" "" "$(promtool check metrics <"$NODE/text" 2>&1)"
check "and is ours" grep -q '^bulkhead_denials_total{' "$NODE/text"
same "events of before the watcher are not counted" 0 "$(value 'bulkhead_decisions_total{stage="shim run",decision="refused"}')"

# ---- real containers -------------------------------------------------------------------------------------

deny first SCMP_ACT_ERRNO call
check "a denial is counted for its container" eventually 10 reads "$(of_container first ERRNO)" 1
deny many SCMP_ACT_ERRNO getppid 500
check "repetitions are counted, all of them" eventually 10 reads "$(of_container many ERRNO)" 500
same "as many as the log has" 500 "$(counted ".id == \"met-many-$$\"")"
deny killed SCMP_ACT_KILL_PROCESS call
check "a process that was killed is counted as that" eventually 10 reads "$(of_container killed KILL_PROCESS)" 1
deny logged SCMP_ACT_LOG call
check "and one that would be denied as that" eventually 10 reads "$(of_container logged LOG)" 1
check "the node's counter has all of them" eventually 10 test "$(value 'bulkhead_denials_total{kind="seccomp",action="ERRNO"}')" -ge 501
contains "the lag of each was measured" "bulkhead_denial_lag_seconds_bucket{le=\"+Inf\"}" "$(scrape)"
check "of at least one for each container" test "$(value bulkhead_denial_lag_seconds_count)" -ge 4

PROVED=$(value 'bulkhead_proofs_total{result="proved"}')
same "each start was proved" "$(jq -s 'map(select(.event == "proved")) | length' "$EVENTS")" "$PROVED"
mv "$EVENTS" "$EVENTS.1"
refuse
contains "a container is refused" SCMP_ACT_PERMIT "$(cat "$NODE/out")"
same "it is counted, in the log that followed a rotation" 1 "$(value 'bulkhead_decisions_total{stage="shim run",decision="refused"}')"
same "with its reason" 1 "$(scrape | grep -c '^bulkhead_refusals_total{.*} 1$')"
echo "no event" >>"$EVENTS"
same "a line that is no event is counted as that" 1 "$(value bulkhead_unreadable_events_total)"

# ---- scrapers that do not behave ----------------------------------------------------------------------------

# slow_clients SOCKET | slow_clients PORT ADDRESS: fifty from there that say or read nothing, as CLIENTS.
slow_clients() {
  python3 - "$@" >"$NODE/clients" <<'CLIENTS' &
import socket, sys, time
where = ("127.0.0.1", int(sys.argv[1])) if len(sys.argv) > 2 else sys.argv[1]
held = []
for i in range(50):
    client = socket.socket(socket.AF_INET if len(sys.argv) > 2 else socket.AF_UNIX)
    if len(sys.argv) > 2:
        client.bind((sys.argv[2], 0))
    client.connect(where)
    client.send(b"GET /metrics HTTP/1.1\r\n\r\n" if i % 2 else b"GET /met")
    held.append(client)
print("held", flush=True)
time.sleep(600)
CLIENTS
  CLIENTS=$!
  OTHERS+=("$CLIENTS")
  eventually 10 grep -q held "$NODE/clients"
}
slow_clients "$SOCKET"
check "fifty scrapers are connected that say or read nothing" grep -q held "$NODE/clients"
deny beside SCMP_ACT_ERRNO call
check "beside them a denial is logged" eventually 10 lines ".id == \"met-beside-$$\""
check "and counted" eventually 10 reads "$(of_container beside ERRNO)" 1
same "no denial had to wait for them" "$(value bulkhead_denial_lag_seconds_count)" \
  "$(value 'bulkhead_denial_lag_seconds_bucket{le="5"}')"
code() { curl -sS --max-time 10 --unix-socket "$SOCKET" -o /dev/null -w '%{http_code}' "$@"; }
same "another path is not found" 404 "$(code http://node/)"
same "a request that changes something is refused" 405 "$(code -X POST http://node/metrics)"

# What a scrape costs, and what it costs when there is none.
kill "$CLIENTS"
before=$(value process_cpu_seconds_total)
for _ in {1..20}; do scrape >/dev/null; done
after=$(value process_cpu_seconds_total)
echo "# a scrape of $(scrape | wc -c) bytes costs the watcher $(jq -n "($after - $before) / 21 * 1e6 | round") µs of processor time"
sleep 0.5  # the wait until the next connection is taken ends
timeout 2 strace -p "$WATCHER" -e trace=epoll_wait -o "$NODE/strace" 2>"$NODE/strace.err" || :
same "while nobody asks, metrics wake nobody" "" "$(grep -v '^---\|exited\|killed' "$NODE/strace")"
check "strace saw the watcher" grep -q attached "$NODE/strace.err"
stop_watch
check "the socket is gone with the watcher" test ! -e "$SOCKET"

# ---- where it cannot listen ---------------------------------------------------------------------------------

PORT=$(free_port)
python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); open(sys.argv[2], "w"); time.sleep(600)' \
  "$PORT" "$NODE/port-taken" &
OTHERS+=($!)
eventually 10 test -e "$NODE/port-taken"
listen_at "127.0.0.1:$PORT"
start_watch
contains "an address that is taken is named" \
  "cannot serve metrics at '127.0.0.1:$PORT': Address already in use; watching without" "$(cat "$NODE/watch.err")"
deny taken SCMP_ACT_ERRNO call
check "and denials are logged all the same" eventually 10 lines ".id == \"met-taken-$$\""
stop_watch
listen_at "0.0.0.0:$PORT"
start_watch
contains "an address beyond the node makes the policy invalid" \
  "'0.0.0.0:$PORT' is an address that others than this node may reach" "$(cat "$NODE/watch.err")"
stop_watch

# ---- Prometheus ----------------------------------------------------------------------------------------------

check "the alert rules are valid" promtool check rules "$METRICS/alerts.yml"
check "every alert fires when it should, and only then" promtool test rules "$ROOT/tests/integration/helpers/alerts_test.yml"
alerts() { sed -n 's/^ *- alert: //p' "$METRICS/alerts.yml" | sort; }
same "every alert is tested" "$(alerts)" \
  "$(grep -o 'alertname: [A-Za-z]*' "$ROOT/tests/integration/helpers/alerts_test.yml" | sed 's/.* //' | sort -u)"

PORT=$(free_port)
listen_at "127.0.0.1:$PORT"
start_watch
OUR=http://127.0.0.1:$PORT/metrics
API=http://127.0.0.1:$(free_port)
cat >"$NODE/prometheus.yml" <<YML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$METRICS/alerts.yml"]
scrape_configs:
  - job_name: bulkhead
    static_configs: [{targets: ["127.0.0.1:$PORT"]}]
YML
prometheus --config.file="$NODE/prometheus.yml" --storage.tsdb.path="$NODE/tsdb" \
  --web.listen-address="${API#http://}" --log.level=warn >"$NODE/prometheus.log" 2>&1 &
OTHERS+=($!)

ask() { curl -sS --max-time 10 -G "$API/api/v1/$1" "${@:2}"; }
# query EXPRESSION: prints how many results there are, or the error.
query() { ask query --data-urlencode "query=$1" | jq -r 'if .status == "success" then .data.result | length else .error end'; }
finds() { [ "$(query "$1")" -ge 1 ]; } # EXPRESSION
scraped() { finds "count_over_time(bulkhead_build_info[1m]) >= $1"; }
check "Prometheus reads the metrics over TCP" eventually 30 scraped 2 || diagnose "$(cat "$NODE/prometheus.log")"

slow_clients "$PORT" 127.0.0.1
scrape_from() { curl -sS --max-time 5 --interface "$1" "$OUR" | grep -c '^bulkhead_build_info'; } # ADDRESS
same "beside fifty slow clients of an address, a scraper of that address is served" 1 "$(scrape_from 127.0.0.1)"
same "and one of another address" 1 "$(scrape_from 127.0.0.2)"
kill "$CLIENTS"

# Between two scrapes, so that it sees counters grow.
deny seen SCMP_ACT_ERRNO getppid 5
deny ended SCMP_ACT_KILL_PROCESS call
refuse
check "it finds the denials of a container" eventually 20 finds "bulkhead_container_denials_total{container=\"met-seen-$$\"} == 5"
check "and the refusal as an increase" eventually 20 finds 'increase(bulkhead_decisions_total{decision="refused"}[5m]) > 0'
check "and the lag" eventually 20 finds 'increase(bulkhead_denial_lag_seconds_count[5m]) > 0'

firing() { ask alerts | jq -e --arg name "$1" 'any(.data.alerts[]; .labels.alertname == $name and .state == "firing")'; }
for alert in BulkheadContainerDenied BulkheadContainerKilled BulkheadRefusals; do
  check "$alert fires" eventually 20 firing $alert
done
same "no rule failed" "" "$(ask rules | jq -r '.data.groups[].rules[] | select(.health != "ok") | "\(.name): \(.lastError)"')"
same "Prometheus knows every alert" "$(alerts)" "$(ask rules | jq -r '.data.groups[].rules[].name' | sort)"

# What Grafana puts for its variables.
# shellcheck disable=SC2016  # these dollars are Grafana's
in_grafana() { sed 's/\$__rate_interval/5m/g; s/\$__range/5m/g; s/\$job/.*/g; s/\$instance/.*/g'; }
panels() { jq -r '.panels[] | select(.targets) | .title as $title | .targets[] | "\($title)\t\(.expr)"' "$METRICS/dashboard.json"; }
shows() { count=$(query "$(in_grafana <<<"$1")") && [ "$count" -ge 1 ] 2>/dev/null; }
while IFS=$'\t' read -r title expression; do
  # A rate takes two scrapes.
  if eventually 15 shows "$expression"; then ok "the dashboard's \"$title\" shows something"; else
    not_ok "the dashboard's \"$title\" shows something" "$count: $expression"
  fi
done < <(panels)
same "no variable of the dashboard is left open" "" "$(panels | in_grafana | grep -F '$')"
while read -r label series; do
  check "the dashboard's choice of $label has something" \
    test "$(ask "label/$label/values" --data-urlencode "match[]=$(in_grafana <<<"$series")" | jq '.data | length')" -ge 1
done < <(jq -r '.templating.list[] | select(.type == "query") | .definition | capture("label_values\\((?<series>.*), (?<label>.*)\\)") | "\(.label) \(.series)"' "$METRICS/dashboard.json")

served() { curl -sS --max-time 10 "$OUR" | sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' | sort; }
# shellcheck disable=SC2016  # backquotes of Markdown
described() { sed -n 's/^| `\([a-z_]*\)` | \(counter\|gauge\|histogram\) .*/\1/p' "$ROOT/docs/metrics.md" | sort; }
used() { { panels; sed '/^ *#/d' "$METRICS/alerts.yml"; } | grep -oE '\b(bulkhead|process)_[a-z_]+' | sed 's/_bucket$//' | sort -u; }
same "docs/metrics.md describes every metric that is served, and no other" "$(described)" "$(served)"
same "dashboard and alerts use every metric that is served, and no other" "$(served)" "$(used)"
finish
