# shellcheck shell=bash disable=SC2034,SC2317  # variables for the scripts; functions that eventually calls
# What the scripts stand on that do jobs of people by the exact lines of the guides, in a real terminal: on top of lib.sh.
# Who sources this sets RUNTIME.

WORK=$NODE/work-$RUNTIME
mkdir -p "$WORK" /etc/bulkhead/policy.d /etc/bulkhead/seccomp/profiles
export PATH=$NODE/bin:$PATH

# ---- a terminal ----------------------------------------------------------------------------------------

mux() { tmux -L "$NODE_ID-$RUNTIME" -f /dev/null "$@"; }
# The prompt has the number of the command and the exit code of the one before.
open_terminal() {
  mux kill-server 2>/dev/null
  mux new-session -d -x 110 -y 60 "cd $WORK && exec env PS1='\\#[\$?]> ' bash --norc --noprofile -i"
  mux set-option -g history-limit 10000 >/dev/null
  COMMAND=1
  eventually 10 is_at_prompt
}
screen() { mux capture-pane -p -J -S - | sed 's/ *$//'; }
is_at_prompt() { screen | grep -q "^$COMMAND\[[0-9]*\]>$"; }
type_line() {
  mux send-keys -l -- "$1"
  mux send-keys Enter
  COMMAND=$((COMMAND + 1))
  eventually 30 is_at_prompt || not_ok "$RUNTIME: the terminal comes back after: $1" "$(screen | tail -n 20)"
}
code() { screen | sed -n "s/^$COMMAND\[\([0-9]*\)\]>\$/\1/p"; }

lines_of() { # JOB
  (cd "$ROOT" && /usr/bin/python3 -B - "$1" <<'PYTHON'
import glob, sys
sys.path.insert(0, "tests/docs")
from pages import blocks
for page in sorted(glob.glob("docs/how-to/*.md")):
    for block in blocks(page):
        if block.mark == "job: " + sys.argv[1]:
            print(block.text, end="")
PYTHON
  )
}

# do_job JOB CODES: types the lines. Where one is a comment, somebody else is to do something: `meanwhile` is called.
do_job() {
  local job=$1 line lines codes=''
  lines=$(lines_of "$job")
  open_terminal
  while IFS= read -r line; do
    case $line in
      '#'*) meanwhile ;;
      *) type_line "$line" && codes+="$(code) " ;;
    esac
  done <<<"$lines"
  SCREEN=$(screen)
  mux kill-server
  check "$RUNTIME: $job: takes at most five commands" test "$COMMAND" -gt 1 -a "$COMMAND" -le 6
  lacks "$RUNTIME: $job: without jq" jq "$lines"
  same "$RUNTIME: $job: each ends as it should" "$2" "${codes% }"
}

# ---- containers ----------------------------------------------------------------------------------------

pod() { # NAMESPACE POD IMAGE: what containerd writes
  printf '.annotations = {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": "5f2c",
    "io.kubernetes.cri.sandbox-namespace": "%s", "io.kubernetes.cri.sandbox-name": "%s",
    "io.kubernetes.cri.container-name": "app", "io.kubernetes.cri.image-name": "%s"}' "$@"
}
start() { # BUNDLE
  end "$1"
  "$(link_shim "$RUNTIME")" run --detach --bundle "$WORK/$1" "$1-$RUNTIME" </dev/null >"$WORK/$1.out" 2>&1
  eventually 5 test -s "/run/bulkhead/containers/$1-$RUNTIME.json"
  eventually 5 is_begun "/run/bulkhead/containers/$1-$RUNTIME.json"
}
is_begun() { [ "$(jq -r .state "$1")" != held ]; }
# Through the shim, as an engine does it: what it knew of the container goes with it.
end() { "$(link_shim "$RUNTIME")" delete --force "$1-$RUNTIME" >/dev/null 2>&1; }
meanwhile() { :; }
