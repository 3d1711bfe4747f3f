#!/bin/bash
# Jobs that people have, done by the exact lines of the guides in a real terminal: each in at most five commands and
# without jq. By every runtime of this machine. The sixth, to find a denial, is in denials_job.sh.
# shellcheck disable=SC2317  # functions called by name
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"
command -v tmux >/dev/null || { skip "jobs in a terminal" "tmux is not here"; finish; }
need_shim
install_program bulkhead

RUNTIME=${1:-}
if [ -z "$RUNTIME" ]; then
  for runtime in $(runtimes); do again_in_view "$runtime" "$runtime"; done
  finish
fi
# shellcheck source=helpers/jobs.sh
. "$ROOT/tests/integration/helpers/jobs.sh"

# ---- roll out from observe to enforce ----------------------------------------------------------------------

roll_out() {
  rm -f /var/log/bulkhead/events.jsonl
  make_bundle "$WORK/shop" "$(pod shop web-1 registry.example/shop/web:1.4)" "$(args /bin/sleep 1000)"
  meanwhile() { start shop; }
  do_job roll-out "0 0 0 0 0"
  contains "$RUNTIME: roll-out: who would be changed" "ready: 1 changed" "$SCREEN"
  contains "$RUNTIME: roll-out: and by what" "'registry.example/shop/web:" "$SCREEN"
  contains "$RUNTIME: roll-out: then it holds" holds "$SCREEN"
  same "$RUNTIME: roll-out: and was proved" proved "$(jq -r .state "/run/bulkhead/containers/shop-$RUNTIME.json")"
  end shop
}

# ---- write a profile for nginx ------------------------------------------------------------------------------

# nginx with this machine's libraries; it ends when /out/done is there.
# shellcheck disable=SC2016  # of the shell inside, and jq's variable
NGINX='/usr/sbin/nginx -c /out/conf || exit 1
  while [ ! -e /out/done ]; do sleep 0.1; done
  /usr/sbin/nginx -c /out/conf -s quit'
nginx_bundle() { # FILTER…
  # shellcheck disable=SC2016
  make_bundle "$WORK/nginx" '.mounts += [("/usr", "/lib", "/lib64") as $tree |
      {destination: $tree, type: "bind", source: $tree, options: ["rbind", "ro"]}] |
    .mounts += [("/tmp", "/var") as $tree | {destination: $tree, type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]' \
    ".mounts += [{destination: \"/out\", type: \"bind\", source: \"$WORK/out\", options: [\"rbind\", \"rw\"]}]" "$@"
}
# serve: runs the bundle until nginx has answered; prints the answer.
serve() {
  rm -f "$WORK/out/done" "$WORK/out/socket"
  "$(link_shim "$RUNTIME")" run --bundle "$WORK/nginx" "nginx-$RUNTIME" </dev/null >"$WORK/nginx.out" 2>&1 &
  eventually 30 test -S "$WORK/out/socket"
  curl --silent --max-time 10 --unix-socket "$WORK/out/socket" http://web/
  touch "$WORK/out/done"
  wait $!
}

# The record is made by a tracer, as record_profile.sh makes them: the watcher would need the machine's own audit.
write_a_profile() {
  if ! command -v nginx >/dev/null; then skip "$RUNTIME: nginx: write a profile" "nginx is not here"; return; fi
  make_rootfs
  echo 'root:x:0:' >"$NODE/rootfs/etc/group"
  mkdir -p "$WORK/out/www" "$NODE"/rootfs/{usr,lib,lib64,out,var}
  cp "$(helper record_calls)" "$NODE/rootfs/bin/"
  echo 42 >"$WORK/out/www/index.html"
  cat >"$WORK/out/conf" <<'CONF'
user root; master_process off; pid /tmp/pid; error_log stderr;
events {}
http { access_log off; client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c;
       uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e;
       server { listen unix:/out/socket; root /out/www; } }
CONF
  nginx_bundle "$(args /bin/record_calls /out/record /bin/sh -c "$NGINX")"
  same "$RUNTIME: nginx: serves under the fallback" 42 "$(serve)"
  jq -c '.name = "nginx"' "$WORK/out/record" >"$WORK/nginx.record"
  bulkhead record rm nginx >/dev/null 2>&1  # of the runtime before
  do_job nginx "0 0 0 0 0"
  contains "$RUNTIME: nginx: the record says what it calls" epoll_wait "$SCREEN"
  contains "$RUNTIME: nginx: what is taken away is told" "takes away" "$SCREEN"
  # shellcheck disable=SC2016
  nginx_bundle "$(args /bin/sh -c "$NGINX")" ".linux.seccomp = $(jq -c . "$WORK/nginx.json")"
  same "$RUNTIME: nginx: serves under its own profile" 42 "$(serve)"
  contains "$RUNTIME: nginx: which denies what nginx does not do" denied "$(bulkhead explain "$WORK/nginx.json" mount)"
}

# ---- find out what a pasted line means -------------------------------------------------------------------------

pasted_line() {
  do_job pasted "0 0 0"
  contains "$RUNTIME: pasted: says what was denied" mount "$SCREEN"
  contains "$RUNTIME: pasted: and by what kind of rule" "ERRNO" "$SCREEN"
}

# ---- exempt one container, with a reason -------------------------------------------------------------------------

exempt_one() {
  cp "$ROOT/examples/50-cni.json" "$WORK/"
  make_bundle "$WORK/cni" "$(pod kube-system cilium-x7 quay.io/cilium/cilium:1.16)" "$(args /bin/sleep 1000)"
  make_bundle "$WORK/shop" "$(pod shop web-1 registry.example/shop/web:1.4)" "$(args /bin/sleep 1000)"
  meanwhile() { start cni && start shop; }
  do_job exemption "0 0 0 0"
  contains "$RUNTIME: exemption: the reason is told" "loads BPF programs" "$SCREEN"
  same "$RUNTIME: exemption: that one is exempted, and no other" "unconfined runtime/default" \
    "$(jq -r .seccomp "/run/bulkhead/containers/cni-$RUNTIME.json" "/run/bulkhead/containers/shop-$RUNTIME.json" | xargs)"
  end cni
}

# ---- prove to an auditor ---------------------------------------------------------------------------------------

prove() {
  cp "$ROOT/tests/docs/events.jsonl" /var/log/bulkhead/
  # What is in order depends on the engines of this machine; what the report says of them, on nothing else.
  local order=1
  if jq -e '.engines | all(.coverage | IN("hook", "shim", "both"))' <<<"$(bulkhead status --json)" >/dev/null; then order=0; fi
  do_job evidence "1 0 $order $order $order"
  contains "$RUNTIME: evidence: the terminal has the exemption" "loads BPF programs" "$SCREEN"
  contains "$RUNTIME: evidence: and the control" "5.22" "$SCREEN"
  contains "$RUNTIME: evidence: the page has the container" "shop/web-1/app" "$(cat "$WORK/node.html")"
  same "$RUNTIME: evidence: so has the JSON" "proved" \
    "$(jq -r '.containers[] | select(.container | startswith("shop/web-1/app")) | .state' "$WORK/node.json")"
  end shop
  rm -f /etc/bulkhead/policy.d/50-cni.json
}

roll_out
write_a_profile
pasted_line
exempt_one
prove
finish
