# shellcheck shell=dash
# Files of the node, below $HOST. A symbolic link there means a path of the node, not of this container.

# host_path PATH: the file that PATH means on the node, seen from here. Prints it whether or not it exists.
host_path() {
  rest=$1 at=$HOST links=0
  while [ -n "$rest" ]; do
    name=${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
    case $name in
      '' | .) ;;
      ..) [ "$at" = "$HOST" ] || at=${at%/*} ;;
      *)
        if [ -L "$at/$name" ] && [ "$links" -lt 40 ]; then
          links=$((links + 1))
          rest=$(readlink "$at/$name")/$rest
          case $rest in /*) at=$HOST ;; esac
        else
          at=$at/$name
        fi
        ;;
    esac
  done
  printf '%s\n' "$at"
}

# write_new FILE MODE SOURCE: a complete file that is on the disk, or none.
write_new() {
  if mkdir -p "${1%/*}" && cp "$3" "$1" && chmod "$2" "$1" && sync "$1"; then return 0; fi
  rm -f "$1"
  return 1
}

# put_file PATH MODE SOURCE: replaces the node's file as a whole, or leaves it. Nothing is written when
# it is there already with these bytes and this mode.
put_file() {
  target=$(host_path "$1")
  if cmp -s "$3" "$target" && [ "$(stat -c %a "$target")" = "$2" ]; then return 0; fi
  new=${target%/*}/.${target##*/}.bulkhead-new
  if write_new "$new" "$2" "$3" && mv -f "$new" "$target" && sync "${target%/*}"; then return 0; fi
  problem "cannot write $1 on the node"
  return 1
}

remove_file() { rm -f "$(host_path "$1")"; }

# on_host PROGRAM ARGUMENT…: runs a program of the node in the node's root. systemctl does nothing where it
# takes itself to be in a chroot that is no node's.
on_host() { SYSTEMD_IGNORE_CHROOT=1 chroot "$HOST" "$@"; }
