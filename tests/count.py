#!/usr/bin/python3
"""Counts single tests from the logs that "meson test" left in build folders.

    count.py BUILD...

A cmocka program counts as many tests as it ran, anything else counts as one. A test that is in
several builds counts once and must pass in all of them. Prints one line for each suite and build,
the failed ones by name, and at the end "N passed, N failed" alone on a line.
"""

import json
import pathlib
import re
import sys


def single_tests(entry):
    """Yields (name, passed) of one program's run."""
    output = entry.get("stdout", "")
    ok = re.findall(r"^\[       OK \] (.*)$", output, re.M)
    bad = re.findall(r"^\[  FAILED  \] (.*)$", output, re.M)
    bad = [name for name in bad if not re.match(r"\d+ test\(s\)", name)]
    program_passed = entry["result"] in ("OK", "SKIP")
    if not ok and not bad:
        yield "", program_passed
        return
    for name in ok:
        yield name, True
    for name in bad:
        yield name, False
    if not program_passed and not bad:
        # a crash, a leak, a time limit: no test of its own reports it
        yield f"(the program: {entry['result']})", False


def read(build):
    """The entries of a build's last test run; none if there was no run."""
    log = pathlib.Path(build) / "meson-logs" / "testlog.json"
    if not log.exists():
        return None
    with log.open(encoding="utf-8", errors="replace") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main(builds):
    verdicts = {}
    broken = []
    for build in builds:
        entries = read(build)
        if entries is None:
            broken.append(f"{pathlib.Path(build).name}: did not build, or ran no test")
            continue
        suites = {}
        for entry in entries:
            # "project:suite / name"
            suite, _, name = entry["name"].rpartition(" / ")
            suite = suite.rpartition(":")[2] or "other"
            for test, passed in single_tests(entry):
                key = (suite, name, test)
                verdicts[key] = verdicts.get(key, True) and passed
                counts = suites.setdefault(suite, [0, 0])
                counts[0 if passed else 1] += 1
        for suite, (passed, failed) in sorted(suites.items()):
            print(f"{pathlib.Path(build).name}: {suite}: {passed} ok, {failed} not ok")
    for (suite, name, test), passed in sorted(verdicts.items()):
        if not passed:
            print(f"failed: {suite} / {name}: {test or 'exit code'}")
    for text in broken:
        print(f"failed: {text}")
    passed = sum(verdicts.values())
    failed = len(verdicts) - passed + len(broken)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
