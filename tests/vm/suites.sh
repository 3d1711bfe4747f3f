# shellcheck shell=bash disable=SC2034  # for run.sh
# What runs in the test node of ARCH. To be sourced after machines.sh, with BUILD.
#
#   SUITES     all that run where the kernel has AppArmor
#   OFF        those that run where it has none
#   LONG       those beside SUITES that are run with FULL=1, or when named
#   SHORT      those of them that `make check` runs on an architecture that is not this machine's
#   TAKES      the seconds that a suite takes, where it is not about 15: for a fair split between the nodes
#   OTHER_SECONDS    those of the boots beside the first, which are the first lane's

unit_tests() { find "${UNIT_BUILD:-$BUILD}/tests" -maxdepth 1 -name 'unit-*' -type f -executable -printf 'build/tests/%f\n' 2>/dev/null | sort; }
kept() {
  local script
  for script in tests/vm/with_apparmor/*.sh; do
    [[ " $LEFT_OUT " == *" $(basename "$script" .sh) "* ]] || echo "$script"
  done
}

# Rows of the x86 node that say nothing more of another architecture, or need what its node has not: parsers and real
# software of other roots, and a walk through commands whose output names x86; or whose helpers make 32-bit calls from a
# program of 64 bits, as only x86-64 can. Of outcomes, foreign/ has its own.
LEFT_OUT='outcomes conformance record_arguments younger_rules tutorial cluster_node checkpoint recorded_profile record_apparmor loading command'
SHORT=() LONG=()
OFF=(tests/vm/without_apparmor/*.sh build/tests/live-apparmor_test)
declare -A TAKES
case $ARCH in
  amd64)
    # Suites that also run on machines without AppArmor, and see its half in the node.
    # tests/integration/gate.sh is none of them: it starts very many containers, which takes minutes
    # under emulation, and its subject is seccomp. What the gate does with a label is in with_apparmor/outcomes.sh,
    # both_halves.sh and engines.sh.
    SUITES=(tests/vm/with_apparmor/*.sh tests/integration/confinement.sh tests/integration/restore.sh
      build/tests/live-apparmor_test build/tests/live-observe_test build/tests/live-filter_kernel_test)
    TAKES=([confinement]=84 [conformance]=91 [outcomes]=123 [loading]=88 [real_software]=40 [engines]=63 [restore]=91 [checkpoint]=24
      [recorded_profile]=23 [record_apparmor]=91 [record_arguments]=33 [record]=102 [tutorial]=94 [cluster_node]=33 [denials]=29
      [default_profile]=24 [both_halves]=23 [younger_rules]=23 [own_profiles]=21 [seed_profile]=20 [live-apparmor_test]=2
      [live-observe_test]=1 [record_tables]=60 [record_hundred]=200 [record_software]=400 [record_truth]=120)
    OTHER_SECONDS=185
    LONG=(tests/vm/long/*.sh)
    ;;
  arm64)
    SHORT=(tests/demo/same_story.sh)
    mapfile -t SUITES < <(printf '%s\n' "${SHORT[@]}" tests/vm/foreign/*.sh tests/integration/confinement.sh \
      build/tests/live-{apparmor,observe,filter_kernel,interruption}_test && unit_tests && kept)
    TAKES=([outcomes]=250 [unit-policy]=190 [engines]=180 [record]=130 [gate]=120 [confinement]=115 [unit-audit]=110
      [both_halves]=80 [denials]=60 [live-filter_kernel_test]=60 [unit-kernel]=50 [same_story]=40 [install]=40 [seed_profile]=40
      [unit-base]=25 [startup]=90 [default_profile]=30 [own_profiles]=25)
    OTHER_SECONDS=160
    ;;
esac

only_what_is_short() {
  LONG=()
  # What changes where AppArmor is off is of no architecture.
  [ -z "$FOREIGN" ] || OFF=() OTHER_SECONDS=0
}
