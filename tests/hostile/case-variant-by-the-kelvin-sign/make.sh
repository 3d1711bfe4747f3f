# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
# U+212A folds to k in Go's decoder: hooks, as a program in Go reads it.
edit '.["hooKs"] = {}'
