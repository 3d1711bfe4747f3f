#!/usr/bin/env python3
"""Makes the facts of one reference, and says what changed.

usage: facts.py json|go PROFILE NAME SOURCE VERSION DATE FILE

Reads PROFILE, a default profile as its project publishes it, and writes FILE: who says it (NAME, SOURCE,
VERSION, DATE) and each rule with its names sorted and without its prose. What differs from the FILE that
was there is printed, a line a call.
"""
import json
import sys
import textwrap
from pathlib import Path

import containerd_default

WIDTH = 110
MEMBERS = ["names", "action", "errnoRet", "args", "includes", "excludes"]
CONDITIONS = {"arches", "caps", "minKernel"}


def bare_rule(rule):
    """The rule in a form of its own: no prose, nothing empty, names in order. What is not known is an error."""
    unknown = set(rule) - set(MEMBERS) - {"comment", "errno"}
    unknown |= set(rule.get("includes") or {}) - CONDITIONS | set(rule.get("excludes") or {}) - CONDITIONS
    if unknown:
        raise SystemExit(f"facts.py: a rule has members that are not known: {sorted(unknown)}")
    args = [bare_argument(argument) for argument in rule.get("args") or []]
    said = {**rule, "names": sorted(set(rule["names"])), "args": args}
    return {key: said[key] for key in MEMBERS if said.get(key) not in (None, [], {})}


def bare_argument(argument):
    """valueTwo is left out where nothing reads it."""
    kept = {"index": argument["index"], "value": argument["value"], "op": argument["op"]}
    if argument["op"] == "SCMP_CMP_MASKED_EQ":
        kept["valueTwo"] = argument.get("valueTwo", 0)
    return kept


def bare_arch(entry):
    return {"architecture": entry["architecture"], "subArchitectures": sorted(entry["subArchitectures"] or [])}


def line(value):
    return json.dumps(value, separators=(", ", ": "))


def rule_text(rule):
    rest = line({key: value for key, value in rule.items() if key != "names"})[1:-1]
    names = textwrap.wrap(line(rule["names"])[1:-1], WIDTH - 6, break_long_words=False)
    return "    {" + rest + ',\n     "names": [' + "\n      ".join([""] + names).lstrip("\n ") + "]}"


def text_of(facts):
    head = [f"  {line(key)}: {line(facts[key])}" for key in facts if key not in ("archMap", "syscalls")]
    arches = ",\n".join("    " + line(entry) for entry in facts["archMap"])
    rules = ",\n".join(rule_text(rule) for rule in facts["syscalls"])
    return "{\n" + ",\n".join(head + [f'  "archMap": [\n{arches}\n  ]', f'  "syscalls": [\n{rules}\n  ]']) + "\n}\n"


def condition_text(rule):
    tests = [f"arg{a['index']} {a['op'].removeprefix('SCMP_CMP_')} {a['value']}"
             + (f" -> {a['valueTwo']}" if a["op"].endswith("MASKED_EQ") else "") for a in rule.get("args", [])]
    words = [f"when {' and '.join(tests)}"] if tests else []
    for key, word in (("includes", "with"), ("excludes", "without")):
        for what, values in sorted(rule.get(key, {}).items()):
            words.append(f"{word} {what} {' '.join(values) if isinstance(values, list) else values}")
    answer = rule["action"].removeprefix("SCMP_ACT_") + (f" {rule['errnoRet']}" if "errnoRet" in rule else "")
    return ", ".join([answer] + words)


def statements(facts):
    """Each fact as a line: what changed between two versions is a difference of sets."""
    lines = {f"architecture {line(entry)}" for entry in facts["archMap"]}
    lines.add(f"default {facts['defaultAction']} {facts.get('defaultErrnoRet')}")
    for rule in facts["syscalls"]:
        lines |= {f"{name}: {condition_text(rule)}" for name in rule["names"]}
    return lines


def show_changes(old, new):
    if old is None:
        print(f"{new['reference']}: {new['source']} {new['version']}, {len(statements(new))} facts, none before")
        return
    gone, come = statements(old) - statements(new), statements(new) - statements(old)
    before, after = (f"{facts['source']} {facts['version']}" for facts in (old, new))
    print(f"{new['reference']}: {after}" + (f", before {before}" if before != after else "")
          + ("" if gone or come else ": no change"))
    for sign, lines in (("-", gone), ("+", come)):
        for fact in sorted(lines):
            print(f"  {sign} {fact}")


def facts_of(document, name, source, version, date):
    return {"reference": name, "source": source, "version": version, "date": date,
            "defaultAction": document["defaultAction"], "defaultErrnoRet": document.get("defaultErrnoRet", 1),
            "archMap": [bare_arch(entry) for entry in document["archMap"]],
            "syscalls": [bare_rule(rule) for rule in document["syscalls"]]}


def main(form, profile, name, source, version, date, file):
    text = Path(profile).read_text()
    facts = facts_of(json.loads(text) if form == "json" else containerd_default.read(text), name, source, version, date)
    out = Path(file)
    show_changes(json.loads(out.read_text()) if out.exists() else None, facts)
    out.write_text(text_of(facts))


if __name__ == "__main__":
    main(*sys.argv[1:])
