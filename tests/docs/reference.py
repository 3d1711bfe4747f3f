#!/usr/bin/env python3
"""References say what the programs say, in both directions.

  reference.py       with the programs on PATH: options of --help, man pages and completions; keys of the
                     policy; exit codes; members and kinds of events; ids of refusals; files of man pages
"""
import json
import os
import re
import shutil
import subprocess

from pages import ROOT, read, report

MAN = "packaging/man/"
# Where the options of a command are described, one by one; else in bulkhead.8.
OWN_PAGE = {"install": "bulkhead-install.8", "uninstall": "bulkhead-install.8",
            "denials": "bulkhead-denials.8", "watch": "bulkhead-watch.8"}
# Pages with one list of options for several commands.
SHARED_PAGES = ("bulkhead-install.8", "bulkhead-record.8")


def own_page(command):
    return "bulkhead-record.8" if command.split()[0] == "record" else OWN_PAGE.get(command, "bulkhead.8")


def bulkhead(*words):
    return subprocess.run(["bulkhead", *words], capture_output=True, text=True, check=False).stdout


def both_ways(name, wanted, found, wanted_in, found_in):
    """Passes when both sets are equal; names what only one of them has."""
    wanted, found = set(wanted), set(found)
    problems = [f"{x}: in {wanted_in}, not in {found_in}" for x in sorted(wanted - found)]
    problems += [f"{x}: in {found_in}, not in {wanted_in}" for x in sorted(found - wanted)]
    report(name, problems if wanted else [f"nothing in {wanted_in}"])


# ---- --help -------------------------------------------------------------------------------------------

def section(text, title):
    match = re.search(rf"^{title}\n((?:  .*\n)*)", text, re.M)
    return match.group(1) if match else ""


def command_names():
    return re.findall(r"^  ((?:\S+ )?\S+)(?:  |$)", section(bulkhead("--help"), "Commands"), re.M)


def help_options(command):
    """Pairs of an option and the word for its value, which is empty for a flag."""
    return options_in(section(bulkhead(*command.split(), "--help"), "Options"))


def own_options(command):
    """Those that are not every command's: bulkhead.8 tells of that once."""
    lines = section(bulkhead(*command.split(), "--help"), "Options")
    return options_in(re.sub(r"^  --json .*as every command does\n", "", lines, flags=re.M))


def options_in(lines):
    pairs = re.findall(r"^  (?:-(?!h)[a-z], )?(--[a-z-]+)(?: ([A-Z]+)…?)?(?:  |$)", lines, re.M)
    return {(name, value) for name, value in pairs}


# ---- man pages ----------------------------------------------------------------------------------------

def man_part(page, pattern):
    """What stands between a line of that pattern and the next section or subsection."""
    match = re.search(rf"^{pattern}\n(.*?)(?=^\.S[hs] |\Z)", read(MAN + page), re.M | re.S)
    return match.group(1) if match else ""


def synopsis_options(page, command):
    """The options in the synopsis of a command, with the word for their value."""
    text = man_part(page, r"\.Sh SYNOPSIS").replace("\n.Cm", " .Cm")
    forms = [f for f in re.split(r"^\.Nm", text, flags=re.M)
             if re.match(rf"(?: bulkhead(?: |\s*\.Cm )| \.Cm ){command}\n", f)]
    found = set()
    for form in forms:
        for name, value in re.findall(r"Fl -([a-z-]+)(?: Ar (\S+(?: \| [a-z]\S*)*))?", form):
            found.add(("--" + name, value))
    return found


def described_options(text):
    """Entries of a list of options."""
    return {("--" + name, value) for name, value in
            re.findall(r"^\.It Fl -([a-z-]+)(?: Ar (.*))?$", text, re.M)}


def valueless(options):
    """A choice is written out in man pages (observe | enforce) and has one word in --help."""
    return {(name, bool(value)) for name, value in options}


def options_agree(command):
    page = own_page(command)
    wanted = valueless(own_options(command))
    named = {name for name, _ in wanted} | {""}
    both_ways(f"{command}: the synopsis of bulkhead.8 has the options of --help", wanted | {("", False)},
              valueless(synopsis_options("bulkhead.8", command)) | {("", False)}, "--help", "bulkhead.8")
    if page == "bulkhead.8":
        text = man_part(page, rf"\.Ss {command}")
        report(f"{command}: has a section of its own in {page}", [] if text else ["there is none"])
        both_ways(f"{command}: {page} describes each option, and no other", named,
                  {name for name, _ in described_options(text)} | {""}, "--help", page)
        return
    text = man_part(page, r"\.Sh DESCRIPTION")
    found = {name for name, _ in described_options(text)}
    if page in SHARED_PAGES:
        others = {name for c in command_names() if own_page(c) == page and c != command for name, _ in own_options(c)}
        found -= others - named
    both_ways(f"{command}: {page} describes each option, and no other", named, found | {""}, "--help", page)
    both_ways(f"{command}: the synopsis of {page} has the options of --help", wanted | {("", False)},
              valueless(synopsis_options(page, command)) | {("", False)}, "--help", page)


def common_option_is_told():
    lines = re.search(r"^Every command takes\n\.Fl -json ,", man_part("bulkhead.8", r"\.Sh DESCRIPTION"), re.M)
    report("bulkhead.8 tells of the option that every command takes", [] if lines else ["it does not"])


def man_pages_refer():
    """Every page is listed by another, every reference to a page of ours leads to one."""
    names = sorted(os.listdir(os.path.join(ROOT, MAN)))
    problems, referred = [], set()
    for page in names:
        for name, part in re.findall(r"\.Xr (bulkhead\S*) (\d)", read(MAN + page)):
            referred.add(f"{name}.{part}")
            if f"{name}.{part}" not in names:
                problems.append(f"{page}: refers to {name}({part}), which is not there")
        if not re.search(rf"^\.Dt {page.upper().replace('.', ' ')}$", read(MAN + page), re.M):
            problems.append(f"{page}: its title says otherwise")
    listed = set(re.findall(r"\.Xr (bulkhead\S*) (\d)", man_part("bulkhead.8", r"\.Sh SEE ALSO")))
    problems += [f"bulkhead.8: SEE ALSO lacks {page}" for page in names
                 if page != "bulkhead.8" and tuple(page.rsplit(".", 1)) not in listed]
    report("man pages refer to each other, and bulkhead.8 to all", problems)


def man_pages_are_sound():
    for page in sorted(os.listdir(os.path.join(ROOT, MAN))):
        ended = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(ROOT, MAN, page)],
                               capture_output=True, text=True, check=False)
        report(f"{page}: mandoc finds no fault", [ended.stdout] if ended.returncode else [])


def files_are_described():
    """Every file that base/paths.h names is in a man page's FILES."""
    text = "".join(read(MAN + p) for p in os.listdir(os.path.join(ROOT, MAN)))
    paths = set(re.findall(r'"(/(?:etc|run|var)/[a-z/._-]*bulkhead[^"]*)"', read("base/paths.h")))
    report("every file and directory of ours is in a man page",
           [f"{p}: in base/paths.h, in no man page" for p in sorted(paths) if p.rstrip("/") not in text]
           if paths else ["base/paths.h names none"])


# ---- completions --------------------------------------------------------------------------------------

def bash_options(command):
    text = read("packaging/completions/bulkhead.bash")
    label = f"'{command}'" if " " in command else command
    match = re.search(rf"^    {re.escape(label)}\)\s+words='([^']*)'", text, re.M)
    return set(match.group(1).split()) - {"--help"} if match else set()


def zsh_options(first):
    """All options in the entry of a command, those of its subcommands too."""
    text = read("packaging/completions/_bulkhead")
    match = re.search(rf"^  {first}\)\n(.*?);;", text, re.M | re.S)
    body = match.group(1) if match else ""
    shared = re.search(r"^capability=\((.*)\)$", text, re.M).group(1) if "$capability" in body else ""
    return set(re.findall(r"(--[a-z-]+)\[", body + shared)) - {"--help"}


def fish_options(first):
    text = read("packaging/completions/bulkhead.fish")
    found = set()
    for seen, rest in re.findall(r"__fish_seen_subcommand_from ([^']*)' (.*)", text):
        if first in seen.split():
            found |= {"--" + name for name in re.findall(r"(?:^| )-l ([a-z-]+)", rest)}
    return found


def completions_agree(commands):
    for command in commands:
        both_ways(f"{command}: bash completes the options of --help",
                  {name for name, _ in help_options(command)} | {""}, bash_options(command) | {""},
                  "--help", "bulkhead.bash")
    for first in sorted({c.split()[0] for c in commands}):
        wanted = {name for c in commands if c.split()[0] == first for name, _ in help_options(c)} | {""}
        both_ways(f"{first}: zsh completes the options of --help", wanted, zsh_options(first) | {""},
                  "--help", "_bulkhead")
        both_ways(f"{first}: fish completes the options of --help", wanted, fish_options(first) | {""},
                  "--help", "bulkhead.fish")


# ---- the policy ---------------------------------------------------------------------------------------

def keys_of_code():
    """The keys that the table of settings and the readers' tables name, whatever section they are of."""
    found = parts(re.findall(r'\.key = "([a-z_.]+)"', read("policy/settings/settings_table.h")))
    for table in re.findall(r"KeyReader<\w+> k\w+\[\] = \{(.*?)\};", read("policy/settings/policy_reader.cc"), re.S):
        found |= set(re.findall(r'\{"([a-z_]+)",', table)) | set(re.findall(r'^\{"([a-z_]+)",', table))
    return found


def keys_of_docs():
    return [key for row in re.findall(r"^\| ((?:`[a-z_.]+`(?:, )?)+) \|", read("docs/policy.md"), re.M)
            for key in re.findall(r"`([a-z_.]+)`", row)]


def keys_of_man():
    text = read(MAN + "bulkhead-policy.5")
    return [key for line in re.findall(r"^\.(?:It )?Ic (.*)$", text, re.M)
            for key in re.findall(r"[a-z_]+(?:\.[a-z_]+)?", line)]


def parts(keys):
    return {part for key in keys for part in key.split(".")}


def policy_agrees():
    shown = {s["key"] for s in json.loads(bulkhead("policy", "check", "--json"))["settings"]}
    documented = set(keys_of_docs())
    report("docs/policy.md has every key that `policy check` shows",
           [f"{key} is missing" for key in sorted(shown - documented)] if shown else ["it shows none"])
    both_ways("docs/policy.md has the keys of the code's tables, and no other", keys_of_code(),
              parts(documented), "policy/", "docs/policy.md")
    both_ways("bulkhead-policy.5 has the keys of docs/policy.md, and no other", documented,
              keys_of_man(), "docs/policy.md", "bulkhead-policy.5")


def stages_agree():
    shown = subprocess.run(["bulkhead-hook", "--help"], capture_output=True, text=True, check=False).stdout
    stages = re.findall(r"^  ([a-zA-Z]+) ", shown, re.M)
    both_ways("docs/gate.md has the stages of bulkhead-hook --help, and no other", stages,
              first_column("docs/gate.md", "stage"), "--help", "docs/gate.md")
    both_ways("bulkhead-hook.8 has the stages of bulkhead-hook --help, and no other", stages,
              re.findall(r"^\.It Cm (\w+)", read(MAN + "bulkhead-hook.8"), re.M), "--help", "bulkhead-hook.8")


# ---- exit codes, events, refusals ---------------------------------------------------------------------

def exit_codes_agree():
    help_text = " ".join(section(bulkhead("--help"), "Exit codes").split())
    wanted = set(re.findall(r"(?:^| )(\d+) ([a-z-]+)", help_text))
    docs = set(re.findall(r"^\| (\d+) \| ([a-z-]+) \|", read("docs/exit-codes.md"), re.M))
    man = set(re.findall(r"^\.It (\d+)\n([a-z-]+):", read(MAN + "bulkhead.8"), re.M))
    both_ways("docs/exit-codes.md has the codes of --help, and no other", wanted, docs, "--help", "docs")
    both_ways("bulkhead.8 has the codes of --help, and no other", wanted, man, "--help", "bulkhead.8")
    rows = {name for row in re.findall(r"^\| ((?:`[a-z -]+`(?:, )?)+) \|", read("docs/exit-codes.md"), re.M)
            for name in re.findall(r"`([a-z -]+)`", row)}
    special = {c for c in command_names() if "Exit codes" in bulkhead(*c.split(), "--help")}
    both_ways("docs/exit-codes.md tells of each command that gives a code its own sense", special, rows,
              "--help", "docs/exit-codes.md")


def first_column(page, title):
    """What the first column of the table below a heading or header row names in backticks."""
    match = re.search(rf"^\| {title} \|.*\n\|[-|]*\n((?:\|.*\n)*)", read(page), re.M)
    return {name for row in (match.group(1) if match else "").splitlines()
            for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def sources_of(room):
    """Its sources and headers, those of inner rooms too."""
    below = (os.path.join(directory, name) for directory, _, names in os.walk(os.path.join(ROOT, room))
             for name in names if name.endswith((".cc", ".h")))
    return sorted(os.path.relpath(path, ROOT) for path in below)


def strings_of(*paths):
    return set(re.findall(r'"([a-z_-]+)"', "".join(read(p) for p in paths)))


def events_agree():
    literal = strings_of(*sources_of("audit"), "policy/values/identity_json.h")
    members = first_column("docs/events.md", "member")
    report("docs/events.md describes no member that the code does not write",
           [f"{m} is in no file of audit/" for m in sorted(members - literal)] if members else ["none"])
    kinds = first_column("docs/events.md", "`event`")
    table = re.search(r"name_of\(EventKind.*?\n\}", read("audit/events/event.cc"), re.S)
    both_ways("docs/events.md has the kinds of events of the code, and no other",
              set(re.findall(r'"([a-z-]+)"', table.group(0))) if table else set(), kinds,
              "audit/events/event.cc", "docs/events.md")
    both_ways("bulkhead-events.5 has the members and kinds of docs/events.md, and no other",
              members | kinds, man_members("/var/log/bulkhead/events.jsonl"), "docs/events.md", "bulkhead-events.5")


def man_members(file):
    text = man_part("bulkhead-events.5", rf"\.Ss {re.escape(file)}")
    return {name for line in re.findall(r"^\.It (?:Va|Ic) (.*)$", text, re.M)
            for name in re.findall(r"[a-z0-9_-]{2,}", line)}


def written_members(path):
    """Members that a file of audit/ writes: rows of its tables and calls of its functions, and the identity's
    where it writes one."""
    text = read(path)
    reasons = {"subject", "sentence", "because"}  # described with `reasons`
    found = set(re.findall(r'\{"([a-z0-9_]+)",\s+&', text))
    found |= set(re.findall(r'json\.(?:member|member_if_any|begin_array|strings)\("([a-z0-9_]+)"', text))
    if "policy::write_identity" in text:
        found |= {"engine"} | set(re.findall(r'\{"([a-z0-9_]+)",\s+&', read("policy/values/identity_json.h")))
    return found - reasons


def logs_and_records_agree():
    for page, source, file in (
            ("docs/denials.md", "audit/denials/denial.cc", "/var/log/bulkhead/denials.jsonl"),
            ("docs/gate.md", "audit/records/record.cc", "/run/bulkhead/containers/ID.json")):
        members = first_column(page, "member")
        both_ways(f"{page} has the members that {source} writes, and no other", written_members(source),
                  members, source, page)
        both_ways(f"bulkhead-events.5 has the members of {page}, and no other", members, man_members(file),
                  page, "bulkhead-events.5")


def annotations_agree():
    """Every annotation that the crun of this machine has in its program, but for those in which newer ones say by
    `crun features` what they are themselves."""
    crun = shutil.which("crun")
    if crun is None:
        return
    with open(crun, "rb") as program:
        known = {key.decode() for key in re.findall(rb"run\.oci\.(?!crun\.)[a-z_.-]*[a-z]", program.read())}
    page = read("docs/policy.md")
    report("docs/policy.md says what each annotation of crun means to Bulkhead",
           [f"{key} is not there" for key in sorted(known) if key not in page] if known else ["crun has none"])


def refusals_agree():
    literal = strings_of(*sources_of("policy"), *sources_of("admission"))
    ids = first_column("docs/refusals.md", "id")
    every = {name for row in re.findall(r"^\| `([a-z-]+)` \|", read("docs/refusals.md"), re.M)
             for name in [row]}
    report("docs/refusals.md has no id that the code does not know",
           [f"{name} is in no file of policy/" for name in sorted(every - literal)] if ids else ["none"])
    rows = re.findall(r"^\| `([a-z-]+)` \|(.*)\|$", read("docs/refusals.md").split("## Told")[0], re.M)
    report("every refusal has its remedy",
           [f"{name} has none" for name, row in rows if len(row.split(" | ")) < 2 or not row.split(" | ")[-1].strip()])


def code_text():
    """All string literals of the rooms, each with those that the compiler joins to it."""
    text = ""
    for room in ("admission", "base", "hook", "kernel", "oci-config", "policy", "shim"):
        text += "".join(read(path) for path in sources_of(room))
    return re.sub(r'"\s*\n\s*"', "", text)


def sentences_are_real():
    sentences = re.findall(r'^\| "([^"]+)" \|', read("docs/refusals.md"), re.M)
    code = code_text()
    report("docs/refusals.md quotes sentences that the programs say",
           [f"no program says: {s}" for s in sentences if s not in code] if len(sentences) > 15 else
           [f"only {sentences}"])


def main():
    commands = command_names()
    report("--help lists commands", [] if len(commands) > 10 else [f"only {commands}"])
    for command in commands:
        options_agree(command)
    completions_agree(commands)
    man_pages_are_sound()
    common_option_is_told()
    man_pages_refer()
    files_are_described()
    policy_agrees()
    stages_agree()
    exit_codes_agree()
    events_agree()
    logs_and_records_agree()
    annotations_agree()
    refusals_agree()
    sentences_are_real()


main()
