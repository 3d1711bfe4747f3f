# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
# U+017F, a long s, folds to s in Go's decoder.
edit '.["proceſſ"] = {noNewPrivileges: false}'
