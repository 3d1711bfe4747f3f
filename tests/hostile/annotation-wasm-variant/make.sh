# shellcheck shell=bash disable=SC2034,SC2054 # read by run.sh
edit '.annotations["module.wasm.image/variant"] = "compat"'
