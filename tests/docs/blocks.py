#!/usr/bin/env python3
"""Runs the examples of the documents, in the current directory, and reads the documents they show.

  blocks.py PAGE…

What a fenced block is, its language says; a block without one is a failure, so that nothing is left
out by mistake.

  ```sh       commands; each line must succeed
  ```console  "$ " begins a command, "> " continues it; other lines are what it prints, on standard
              output and error, where "…" stands for any text, and alone on a line for any lines
  ```json     a policy, a rule, a seccomp profile or another document, told apart by its members: read by
  ```jsonc    `bulkhead policy check`, as a rule of a policy, by `bulkhead lint`, or as JSON
  ```toml     read as TOML
  ```yaml     read as YAML, all of its documents
  ```text     for the reader only

On the line before the fence a comment may say more:

  <!-- not run: WHY -->   for the reader only
  <!-- job: NAME -->      run in a terminal by tests/integration/jobs.sh and denials_job.sh
  <!-- exit: N or M -->   the last command ends with one of these codes
  <!-- file: NAME -->     the block is written to that file, for the commands after it
"""
import json
import re
import subprocess
import sys
import tempfile
import tomllib

from pages import blocks, report

TIMEOUT_S = 300


def run(text, stdin=subprocess.DEVNULL):
    """The exit code and what was printed, of a script for bash."""
    ended = subprocess.run(["bash", "-euo", "pipefail", "-c", text], stdin=stdin, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=TIMEOUT_S, check=False)
    return ended.returncode, ended.stdout.decode(errors="replace")


def expected_codes(block):
    mark = re.fullmatch(r"exit: (\d+(?: or \d+)*)", block.mark)
    return [int(code) for code in mark.group(1).split(" or ")] if mark else [0]


def run_sh(block):
    code, output = run(block.text)
    wanted = expected_codes(block)
    return [] if code in wanted else [f"exit code {code} instead of {wanted}", output]


def commands(text):
    """Pairs of a command and what it must print."""
    found = []
    for line in text.split("\n")[:-1]:
        if line.startswith("$ "):
            found.append([line[2:] + "\n", ""])
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1][0] += line[2:] + "\n"
        elif found:
            found[-1][1] += line + "\n"
    return found


def pattern_of(expected):
    lines = []
    for line in expected.split("\n")[:-1]:
        whole = line.strip() == "…"
        lines.append("(?:.*\n)*?" if whole else ".*".join(map(re.escape, line.split("…"))) + "\n")
    return "".join(lines)


def run_console(block):
    problems, pairs = [], commands(block.text)
    for index, (command, expected) in enumerate(pairs):
        code, output = run(command)
        output = "".join(line.rstrip() + "\n" for line in output.split("\n")[:-1])
        wanted = expected_codes(block) if index == len(pairs) - 1 else [0]
        if code not in wanted:
            problems.append(f"exit code {code} instead of {wanted}: {command}{output}")
        elif not re.fullmatch(pattern_of(expected), output):
            problems.append(f"$ {command}prints:\n{output}instead of:\n{expected}")
    return problems if pairs else ["no command in it"]


def without_comments(text):
    """JSON with its comments blanked; what stands in strings stays."""
    token = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.S)
    return token.sub(lambda m: m.group() if m.group().startswith('"') else " ", text)


def checked_by(command, text):
    """The problems that a command has with a document; exit code 1 says warnings."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        ended = subprocess.run([*command, file.name], capture_output=True, text=True, check=False)
    allowed = (0, 1) if "lint" in command else (0,)
    return [] if ended.returncode in allowed else [ended.stdout + ended.stderr]


def read_json(block):
    try:
        value = json.loads(without_comments(block.text))
    except ValueError as error:
        return [str(error)]
    if not isinstance(value, dict):
        return []
    if value.get("version") == 1 and "hook" not in value:
        return checked_by(["bulkhead", "policy", "check"], block.text)
    if "match" in value or {"name", "seccomp"} <= value.keys():
        rule = f'{{"version": 1, "rules": [\n{block.text}]}}'
        return checked_by(["bulkhead", "policy", "check"], rule)
    if "defaultAction" in value:
        return checked_by(["bulkhead", "lint"], block.text)
    return []


def read_toml(block):
    try:
        tomllib.loads(block.text)
    except ValueError as error:
        return [str(error)]
    return []


def read_yaml(block):
    import yaml  # of Debian's python3-yaml
    try:
        return [] if list(yaml.safe_load_all(block.text)) else ["no document in it"]
    except yaml.YAMLError as error:
        return [str(error)]


def write_file(block):
    with open(block.mark.removeprefix("file: "), "w", encoding="utf-8") as file:
        file.write(block.text)
    return []


# What is done with a block, and the word for it.
BY_LANGUAGE = {
    "sh": (run_sh, "runs"),
    "console": (run_console, "prints what it shows"),
    "json": (read_json, "is read"),
    "jsonc": (read_json, "is read"),
    "toml": (read_toml, "is read"),
    "yaml": (read_yaml, "is read"),
}
FOR_READERS = {"text", "js"}


def check(block):
    if block.language in BY_LANGUAGE:
        act, word = BY_LANGUAGE[block.language]
        report(f"{block.place}: the {block.language} block {word}", act(block))
    elif block.language not in FOR_READERS:
        report(f"{block.place}: the block says what it is",
               [f"'{block.language}' is no language that the tests know; see tests/docs/blocks.py"])


def main():
    for page in sys.argv[1:]:
        for block in blocks(page):
            if block.mark.startswith("file: "):
                write_file(block)
            if not re.fullmatch(r"(?:not run|job): \S.*", block.mark):
                check(block)


main()
