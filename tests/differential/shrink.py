"""Makes a failing case as small as it can be made while it fails in the same way."""

import copy

import documents


def smaller_case(case):
    """Cases of this grammar with one thing less, the largest things first."""
    for member in ("global", "options"):
        for index in range(len(case[member])):
            yield documents.without(case, (member, index))
    for member in ("environment", "files"):
        for name in case[member]:
            yield documents.without(case, (member, name))
    for name, document in case["files"].items():
        for path in documents.paths_of(document):
            yield documents.without(case, ("files", name) + path)


def shrink(case, fails, tries, smaller=smaller_case):
    """fails(case) tells whether a case still fails in the same way; tries bounds how often it is asked. smaller(case)
    gives cases with one thing less."""
    smallest, found = copy.deepcopy(case), True
    while found:
        found = False
        for candidate in smaller(smallest):
            tries -= 1
            if tries < 0:
                return smallest
            if fails(candidate):
                smallest, found = candidate, True
                break
    return smallest
