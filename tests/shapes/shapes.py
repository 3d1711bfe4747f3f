#!/usr/bin/env python3
"""Starts generated seccomp profiles for real, by a runtime itself, behind bulkhead-shim and with bulkhead-hook, and
keeps those that do not come out alike.

    shapes.py --runtime PATH --shim PATH --hook PATH --base config.json --default PROFILE --keep DIRECTORY --scratch DIRECTORY
              [--cases N] [--seed N] [--replay CASE.json]

Where the runtime itself starts a profile, so does Bulkhead, and every call that the container's program tries (asks.c)
is answered alike; or Bulkhead refuses it for a reason that REFUSED_BY_POLICY names. Where it does not start, it does
not behind Bulkhead either. No start takes longer than LONGEST_S, or twice what the runtime itself takes (runc panics for
seconds where its first process may not exit). profiles.py makes the profiles, doors.py starts them,
tests/differential/shrink.py makes what fails small.

    make check-shapes                                            500 profiles on each runtime
    CASES=20 SEED=7 tests/integration/shapes.sh                  the same twenty each time
    REPLAY=build/shapes/crun-7-12.json tests/integration/shapes.sh

Runs as root inside a private node (tests/integration/lib.sh): it replaces the node's policy and empties its event log.
Prints a line in the manner of TAP for each profile that fails and one for the whole.
"""

import argparse
import collections
import json
import os
import random
import sys

import documents
import doors
import profiles
import shrink

LONGEST_S = 5.0
# What runtimes start and the built-in policy does not (docs/refusals.md), by the id of the finding or the name that
# doors.py gives its sentence.
REFUSED_BY_POLICY = {"unknown-syscall-names", "notify-without-listener", "errno-zero-for-privileges",
                     "action-among-names", *doors.BY_SENTENCE.values()}


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("runtime", "shim", "hook", "base", "default", "keep", "scratch"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--shrink", type=int, default=40, help="tries to make a profile that fails smaller")
    parser.add_argument("--replay", help="one case that was kept")
    return parser.parse_args()


def runs_of(place, case):
    return {door: place.run(case["profile"], door, case["no_new_privileges"]) for door in doors.DOORS}


def wrong_with(door, run, plain):
    """What is wrong behind the door, in words; nothing where all is well."""
    longest = max(LONGEST_S, 2 * plain.seconds)
    if run.seconds > longest:
        return f"{door}: takes longer than {longest:.0f} s"
    if run.refused and not run.started:
        beyond = set(run.refused) - REFUSED_BY_POLICY
        return f"{door}: refused by {', '.join(sorted(beyond))}" if beyond and plain.started else ""
    if plain.started and not run.started:
        return f"{door}: does not start"
    if plain.started and run.answer != plain.answer:
        return f"{door}: is answered otherwise"
    if not plain.started and run.started:
        return f"{door}: starts, though the runtime alone does not"
    return ""


def failures_of(runs):
    plain = runs["plain"]
    found = [wrong_with(door, run, plain) for door, run in runs.items() if door != "plain"]
    return sorted(filter(None, found))


def smaller(case):
    for path in documents.paths_of(case["profile"]):
        if path != ("defaultAction",):
            yield documents.without(case, ("profile",) + path)


def keep(place, directory, number, case, found, tries):
    """Shrinks the case, writes it with what was seen of it, and returns the file."""
    small = shrink.shrink(case, lambda candidate: set(found) <= set(failures_of(runs_of(place, candidate))), tries, smaller)
    os.makedirs(directory, exist_ok=True)
    path = f"{directory}/{os.path.basename(place.runtime)}-{number}.json"
    seen = {door: vars(run) for door, run in runs_of(place, small).items()}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**small, "seen": {"failures": found, "runtime": place.runtime, **seen}}, file, indent=1)
    return path


def replay(place, options):
    with open(options.replay, encoding="utf-8") as file:
        case = json.load(file)
    runs = runs_of(place, case)
    print(json.dumps({"failures": failures_of(runs), **{door: vars(run) for door, run in runs.items()}}, indent=1))
    return not failures_of(runs)


def outcome(runs):
    refused = sorted(set(runs["shim"].refused) | set(runs["hook"].refused))
    plain = "starts" if runs["plain"].started else "does not start"
    return f"{plain}, refused by {' and '.join(refused)}" if refused else plain


def all_cases(place, options, default):
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    name = f"{options.cases} profiles on {place.runtime}, seed {seed}"
    print(f"# {name}", flush=True)
    counts, failed, longest = collections.Counter(), 0, 0.0
    for number in range(options.cases):
        rng = random.Random(f"{seed}/{number}")
        profile, parts = profiles.make_profile(rng, default)
        case = {"profile": profile, "no_new_privileges": rng.random() < 0.5, "parts": parts}
        runs = runs_of(place, case)
        counts[outcome(runs)] += 1
        longest = max([longest] + [run.seconds for door, run in runs.items() if door != "plain"])
        found = failures_of(runs)
        if found:
            failed += 1
            path = keep(place, options.keep, f"{seed}-{number}", case, found, options.shrink)
            print(f"not ok - profile {number}: {'; '.join(found)}\n#   parts: {' '.join(parts)}\n#   kept in {path}", flush=True)
    tally = ", ".join(f"{what}: {count}" for what, count in sorted(counts.items()))
    print(f"{'not ok' if failed else 'ok'} - {name}: each comes out as without Bulkhead ({tally}; longest {longest:.1f} s)")
    return failed == 0


def main():
    options = arguments()
    with open(options.base, encoding="utf-8") as file:
        base = json.load(file)
    with open(options.default, encoding="utf-8") as file:
        default = json.load(file)
    place = doors.Doors(options.scratch, base, options.runtime, options.shim, options.hook)
    return 0 if (replay(place, options) if options.replay else all_cases(place, options, default)) else 1


if __name__ == "__main__":
    sys.exit(main())
