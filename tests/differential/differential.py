#!/usr/bin/env python3
"""Gives generated cases to a real runtime and to bulkhead-shim in front of it, and keeps those in which a program
held more behind Bulkhead than the policy allows.

    differential.py --runtime PATH --shim PATH --base config.json --keep DIRECTORY [--cases N] [--seed N]
    differential.py … --replay CASE.json

The container's program does no harm and says what it holds (holds.c). A program that holds more than the policy
allows is a failure, whatever the documents say: the policies of oracle.py demand enough for the kernel's answers alone
to show a hole. grammar.py makes a case from a seed, world.py runs it, shrink.py makes what fails small, known.py names
the parts of the grammar that are left out, each with its reason.

    make check-differential                                      10,000 cases, every version at hand
    CASES=50 SEED=7 tests/integration/differential.sh            the same fifty each time
    REPLAY=build/differential/crun-7-12.json tests/integration/differential.sh

Runs as root inside a private node (tests/integration/lib.sh): it replaces the node's policy and empties its event
log. Prints a line in the manner of TAP for each failure and one for the whole.
"""

import argparse
import collections
import json
import os
import random
import sys
import time

import grammar
import known
import oracle
import shrink
import world


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("runtime", "shim", "base", "keep", "scratch"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=3600, help="no new case after that time")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--shrink", type=int, default=150, help="tries to make a failing case smaller")
    parser.add_argument("--replay", help="one case that was kept")
    parser.add_argument("--all-parts", action="store_true", help="also those that find what is known")
    return parser.parse_args()


def failures_of(place, case):
    run = place.run(case, behind=True)
    return oracle.failures(case, run, place.init_of(case)), run


def keep(place, directory, number, case, found, tries):
    """Shrinks the case, writes it with what was seen of it, and returns the file."""
    def fails(candidate):
        try:
            return set(found) <= set(failures_of(place, candidate)[0])
        except (KeyError, TypeError, OSError):
            return False  # no longer a case
    small = shrink.shrink(case, fails, tries)
    _, run = failures_of(place, small)
    plain = place.run(small, behind=False)
    os.makedirs(directory, exist_ok=True)
    path = f"{directory}/{os.path.basename(place.runtime)}-{number}.json"
    seen = {"failures": found, "runtime": place.runtime, "behind": vars(run), "plain": vars(plain)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**small, "seen": seen}, file, indent=1)
    return path


def report(number, case, found, path):
    print(f"not ok - case {number}: {', '.join(found)}")
    print(f"#   parts: {' '.join(case['parts'])}")
    print(f"#   kept in {path}", flush=True)


def replay(place, options):
    with open(options.replay, encoding="utf-8") as file:
        case = json.load(file)
    found, run = failures_of(place, case)
    print(json.dumps({"failures": found, "behind": vars(run), "plain": vars(place.run(case, behind=False))}, indent=1))
    return not found


def all_cases(place, options, base):
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    left_out = {} if options.all_parts else known.LEFT_OUT
    family = "crun" if "crun" in os.path.basename(place.runtime) else "runc"
    name = f"{place.runtime}, seed {seed}"
    print(f"# {name}", flush=True)
    for part, reason in left_out.items():
        print(f"ok - {part} # SKIP {reason}")
    counts, failed, number, end = collections.Counter(), 0, 0, time.monotonic() + options.seconds
    while number < options.cases and time.monotonic() < end:
        case = grammar.make_case(random.Random(f"{seed}/{number}"), base, family, left_out)
        plain = place.run(case, behind=False)
        found, run = failures_of(place, case)
        counts[f"plain {'ran' if plain.holds else 'did not'}, behind {'ran' if run.holds else 'did not'}"] += 1
        if found:
            failed += 1
            report(number, case, found, keep(place, options.keep, f"{seed}-{number}", case, found, options.shrink))
        number += 1
    tally = ", ".join(f"{what}: {count}" for what, count in sorted(counts.items()))
    print(f"{'not ok' if failed else 'ok'} - {number} cases of {name}: in none a program holds more ({tally})")
    return failed == 0


def main():
    options = arguments()
    with open(options.base, encoding="utf-8") as file:
        base = json.load(file)
    place = world.World(options.scratch, base, options.runtime, options.shim)
    try:
        return 0 if (replay(place, options) if options.replay else all_cases(place, options, base)) else 1
    finally:
        place.leave()


if __name__ == "__main__":
    sys.exit(main())
