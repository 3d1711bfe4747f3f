"""Writes profiles that cost much to read, to judge or to compile, each as DIRECTORY/NAME.json.

    costly.py DIRECTORY
"""

import json
import random
import sys

ALLOW, ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
EQ, GE, LT, MASKED = "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ"


def condition(index, value, op=EQ, two=0):
    return {"index": index, "value": value, "valueTwo": two, "op": op}


def about_openat(rules, conditions_of, action=ALLOW):
    """Rules for openat, each with the conditions of its number."""
    default = ERRNO if action == ALLOW else ALLOW
    return {"defaultAction": default, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            "syscalls": [{"names": ["openat"], "action": action, "args": conditions_of(number)}
                         for number in range(rules)]}


def one_argument(number):
    return [condition(2, 3 * number)]


def any_argument(number):
    return [condition(number % 4, 3 * number)]


def bits(number):
    bit = 1 << (number * 7 % 64)
    return [condition(number % 4, bit, MASKED, bit)]


def odd_masks(number):
    rng = random.Random(number)
    mask = rng.getrandbits(32)
    return [condition(2, mask, MASKED, mask & rng.getrandbits(32))]


def ranges(number):
    return [condition(number % 4, 1000 + number, GE) if number % 2 else condition(number % 4, number, LT)]


def six(number):
    return [condition(index, number + index) for index in range(6)]


def six_ranges(number):
    rng = random.Random(number)
    return [condition(index, rng.randrange(5000), rng.choice([GE, LT])) for index in range(6)]


def names(rules, each):
    return {"defaultAction": ALLOW, "syscalls": [
        {"names": [f"opneat_{number}_{more}" for more in range(each)] + ["getppid"], "action": ERRNO}
        for number in range(rules)]}


SHAPES = {
    "8000-unknown-names-in-one-rule": names(1, 8000),
    "8000-rules-with-an-unknown-name": names(8000, 1),
    "60-openat-rules": about_openat(60, any_argument, ERRNO),
    "60-odd-masks": about_openat(60, odd_masks, ERRNO),
    "300-rules-on-one-argument": about_openat(300, one_argument, ERRNO),
    "300-rules-on-any-argument": about_openat(300, any_argument, ERRNO),
    "300-single-bits": about_openat(300, bits, ERRNO),
    "300-ranges": about_openat(300, ranges, ERRNO),
    "130-rules-of-six-conditions": about_openat(130, six, ERRNO),
    "100-rules-of-six-ranges": about_openat(100, six_ranges, ERRNO),
    "a-program-of-4000-instructions": about_openat(1000, one_argument, ERRNO),
}


def main():
    for name, shape in SHAPES.items():
        with open(f"{sys.argv[1]}/{name}.json", "w", encoding="utf-8") as file:
            json.dump(shape, file)


if __name__ == "__main__":
    main()
