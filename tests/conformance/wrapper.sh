# shellcheck shell=bash
# A runtime that does one thing wrong, and is otherwise the real one: a shell script in front of it. To be sourced.
#
#   wrapper TEXT           writes $NODE/mutant; TEXT is its shell code, which finds in $command what it is asked for
#   on_create JQ           the same, which changes config.json before create
#   on_exec JQ             the same, which changes process.json before exec
#
# Needs RUNTIME, the real one, and NODE. TEXT may call what stands before it in the script: `config` and `process` change
# the documents, `process_elsewhere ROOT` starts exec's program outside of the container.
#
# Whatever a mutant does, the plainest container must start, or conformance has nothing to tell.

# shellcheck disable=SC2153  # RUNTIME is the caller's
wrapper() {
  cat >"$NODE/mutant" <<SCRIPT
#!/bin/sh
command=none
for word; do
  case \$word in
  create | start | state | kill | delete | exec) command=\$word && break ;;
  esac
done
base=$NODE/data/base.json runtime=$RUNTIME
plain() { case \$PWD in */plainest) true ;; *) false ;; esac; }
config() { jq "\$@" config.json >changed 2>/dev/null && cat changed >config.json; }
process() { for file in process-*.json; do jq "\$@" "\$file" >changed 2>/dev/null && cat changed >"\$file"; done; }
process_elsewhere() { # ROOT
  eval "set -- '\$1' \$(jq -r '.args | @sh' process-0.json)"
  chroot "\$@" &
  echo \$! >exec-pid-0
  exit 0
}
if ! plain; then
  $1
fi
exec "\$runtime" "\$@"
SCRIPT
  chmod 755 "$NODE/mutant"
}
on_create() { wrapper "[ \$command != create ] || config '$1'"; }
on_exec() { wrapper "[ \$command != exec ] || process '$1'"; }
