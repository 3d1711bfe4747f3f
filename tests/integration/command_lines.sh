#!/usr/bin/env bash
# What the shim hands over means to the real runtime what the caller's own words mean to it: both are
# run, on bundles whose programs tell which bundle, configuration, process and user were taken. Known
# lines first, then generated ones (SEED, LINES).
# shellcheck disable=SC2016,SC2034,SC2317  # for another shell; variables and functions named by others
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

SEED=${SEED:-$RANDOM}
LINES=${LINES:-40}
RUNTIME='' HERE='' HANDED=$NODE/handed REFUSED=0 COMPARED=0

# ---- a runtime that writes down its words, and answers for itself as the real one does ---------------

listening_runtime() {
  local path=$NODE/bin/listening-$RUNTIME
  cat >"$path" <<SH
#!/bin/sh
case \$1 in
  --version | features) exec $(command -v "$RUNTIME") "\$@" ;;
esac
: >$HANDED
for word; do printf '%s\n' "\$word" >>$HANDED; done
SH
  chmod +x "$path"
  echo "$path"
}

# hand_over WORD…: the shim's words for the runtime, in WORDS; fails where it refuses.
hand_over() {
  rm -f "$HANDED"
  (cd "$HERE" && "$NODE/bin/bulkhead-shim" "$@" >/dev/null 2>"$NODE/said" </dev/null) || return 1
  mapfile -t WORDS <"$HANDED"
}

# ---- bundles ------------------------------------------------------------------------------------------

# Each configuration's program tells where it stands.
lay_configuration() { # DIRECTORY NAME
  make_bundle "$1" "$(args /bin/echo "$(basename "$1")/$2")"
  [ "$2" = config.json ] || mv "$1/config.json" "$1/$2"
}

lay_bundles() {
  local directory name
  HERE=$NODE/lines-$RUNTIME
  for directory in "$HERE" "$HERE/A" "$HERE/B" "$HERE/=A"; do
    for name in other.json config.json; do lay_configuration "$directory" "$name"; done
  done
}

# effect_of WORD…: what the program of the container said; nothing where none ran.
effect_of() {
  (cd "$HERE" && timeout 60 "$RUNTIME" "$@" </dev/null >"$NODE/effect" 2>/dev/null) && cat "$NODE/effect"
  rm -f "$HERE"/pid "$HERE"/*/pid
}

# compare WORD…: where the caller's words run a program, those handed over run the same.
compare() {
  local plain ours
  if ! hand_over "$@"; then
    REFUSED=$((REFUSED + 1))
    return 0
  fi
  plain=$(effect_of "$@")
  ours=$(effect_of "${WORDS[@]}")
  COMPARED=$((COMPARED + 1))
  [ -z "$plain" ] || [ "$plain" = "$ours" ] && return 0
  echo "$*
handed over: ${WORDS[*]}
by the caller's words: $plain
by ours: $ours"
  return 1
}

same_effect() { # WORD…
  local complaint
  if complaint=$(compare "$@"); then ok "$RUNTIME: $*"; else not_ok "$RUNTIME: $*" "$complaint"; fi
}

refused_line() { # SENTENCE WORD…
  local sentence=$1
  shift
  if hand_over "$@"; then
    not_ok "$RUNTIME: refused: $*" "handed over: ${WORDS[*]}"
  else
    contains "$RUNTIME: refused: $*" "$sentence" "$(cat "$NODE/said")"
  fi
}

# ---- known lines --------------------------------------------------------------------------------------

known_lines() {
  same_effect run c
  same_effect run -b A c
  same_effect run --bundle=A c
  same_effect run -b=A c
  same_effect run -b A --pid-file pid c
  same_effect run -- c
  same_effect --root="$HERE/state" run -b B c
  refused_line "is given twice" run -b A --bundle B c
  refused_line "is not known" run --new A -b B c
  "known_lines_of_$RUNTIME"
}

known_lines_of_runc() {
  same_effect run -bundle A c
  refused_line "stands behind the container's id" run c --bundle A
  same_effect run --bundle=A --detach=false c
  refused_line "may or may not have the value" run --pid-file --keep -b A c
}

known_lines_of_crun() {
  same_effect run -bA c
  same_effect run -b A -f other.json c
  same_effect run -f other.json c
  same_effect run -b A -f config.json c
  same_effect run -b A --config=B/other.json c
  same_effect run -b A -f ./config.json c
  same_effect --root state run -b A c
  refused_line "is abbreviated; write --bundle" run --bun A c
  refused_line "is not known" run --program-name -b -b A c
  refused_line "may or may not have the value" run --pid-file -b A c
}

# ---- exec -----------------------------------------------------------------------------------------------

# What the program of an exec tells of itself.
TELL='id -u; id -g; echo "$LINE"; pwd; grep -E "NoNewPrivs|Cap(Bnd|Amb)" /proc/self/status'

start_container() {
  make_bundle "$HERE/running" "$(args /bin/sleep 1000)" \
    '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
  "$RUNTIME" run --detach --bundle "$HERE/running" running >/dev/null 2>&1 </dev/null
  jq --arg tell "$TELL" '.process | .args = ["/bin/sh", "-c", $tell] | .user = {uid: 77, gid: 78}' \
    "$HERE/running/config.json" >"$HERE/process.json"
  ln -s process.json "$HERE/link.json"
}

exec_lines() {
  start_container
  same_effect exec running /bin/sh -c "$TELL"
  same_effect exec -u 5 running /bin/sh -c "$TELL"
  same_effect exec --user=5:6 -e LINE=1 --env LINE=2 --cwd /tmp running /bin/sh -c "$TELL"
  same_effect exec --cap CAP_KILL -c CAP_AUDIT_WRITE running /bin/sh -c "$TELL"
  same_effect exec --no-new-privs running /bin/sh -c "$TELL"
  same_effect exec -- running /bin/sh -c "$TELL"
  same_effect exec -p process.json running
  same_effect exec --process=link.json running
  "exec_lines_of_$RUNTIME"
  "$RUNTIME" delete --force running >/dev/null 2>&1
}

exec_lines_of_runc() {
  same_effect exec --no-new-privs --no-new-privs=false running /bin/sh -c "$TELL"
  same_effect exec --no-new-privs=0 -no-new-privs=T running /bin/sh -c "$TELL"
  same_effect exec -user 5 -tty=false running /bin/sh -c "$TELL"
  refused_line "which is not UID or UID:GID" exec --user 4294967296 running /bin/sh -c "$TELL"
}

exec_lines_of_crun() {
  same_effect exec -pprocess.json running
  same_effect exec -tfalse -u5 running /bin/sh -c "$TELL"
  same_effect exec --tty=no --no-new-privs running /bin/sh -c "$TELL"
  refused_line "is abbreviated; write --process-label" exec --process-l=x running /bin/true
  refused_line "which some runtimes take for CAP_KILL" exec --cap cap_kill running /bin/true
}

# ---- generated lines ------------------------------------------------------------------------------------

PIECES_ALL=("-b A" "-b B" "-b=A" "--bundle A" "--bundle=B" "--bundle=./A" "--pid-file pid" "--pid-file=pid"
  "--no-pivot" "--no-new-keyring" "--preserve-fds 0" "--preserve-fds=00" "--keep=" "--new" "--" "-x")
PIECES_runc=("-bundle A" "--b=B" "-pid-file=pid" "--no-pivot=false" "-no-new-keyring=0" "--no-subreaper")
PIECES_crun=("-bA" "-f other.json" "-fconfig.json" "--config=A/other.json" "--config other.json" "-f A/config.json"
  "--bun B" "--pid pid" "--no-subreaper" "--program-name A" "--usage=x")

generated_line() {
  local -n own=PIECES_$RUNTIME
  local pieces=("${PIECES_ALL[@]}" "${own[@]}") line=run count=$((RANDOM % 4))
  while [ $((count--)) -gt 0 ]; do line+=" ${pieces[RANDOM % ${#pieces[@]}]}"; done
  line+=" c"
  [ $((RANDOM % 6)) -ne 0 ] || line+=" ${pieces[RANDOM % ${#pieces[@]}]}"
  echo "$line"
}

generated_lines() {
  local number words complaint bad=0
  RANDOM=$SEED
  REFUSED=0 COMPARED=0
  for ((number = 0; number < LINES; ++number)); do
    read -ra words <<<"$(generated_line)"
    compare "${words[@]}" >"$NODE/complaint" && continue
    complaint=$(cat "$NODE/complaint") bad=$((bad + 1))
    not_ok "$RUNTIME: generated line $number of seed $SEED" "$complaint"
  done
  [ "$bad" -gt 0 ] || ok "$RUNTIME: $COMPARED generated lines mean the same, $REFUSED were refused (seed $SEED)"
  check "$RUNTIME: not all generated lines were refused" [ "$COMPARED" -gt 0 ]
}

of_runtime() {
  RUNTIME=$1
  need_shim
  write_policy <<<"{\"version\": 1, \"runtimes\": [\"$(listening_runtime)\"]}"
  lay_bundles
  known_lines
  exec_lines
  generated_lines
}

if [ $# -gt 0 ]; then
  of_runtime "$1"
else
  for name in $(runtimes); do again_in_view "$name" "$name"; done
fi
finish
