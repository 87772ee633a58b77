#!/usr/bin/env python3
"""Puts one known bug at a time into a copy of the sources, and shows that a test finds it.

    run.py --check                       does every patch still fit the sources? (a quick ctest)
    run.py --work FOLDER [NAME...]       build every mutant, or those named, and run its test

A patch is NAME.patch beside this file: a few lines `Key: text`, an empty line, a unified diff.
    Bug     what the mutant does wrong
    Target  the test program to build
    Test    its --gtest_filter; it must pass on the sources as they are, and fail on the mutant
    Seed    of a simulation: the one that showed the bug last time, tried first
    Long    yes, when the sample that a quick run takes does not meet the bug

A patch that no longer fits is to be made anew by hand: the bug is what counts, not its lines.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterable, NamedTuple, Optional

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
SKIPPED = {"build", ".git", ".ccache", "node_modules", "__pycache__"}
TEST_SECONDS_MAX = 900  # a mutant that never ends is caught, too
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")
SEED = re.compile(r"QRPAY_SEED=(\d+)")
FAILED = re.compile(r"^\[  FAILED  \] ([\w./]+)", re.MULTILINE)


class Unfit(Exception):
    """A patch that does not fit the sources."""


class Hunk(NamedTuple):
    path: str
    line: int
    old: str
    new: str


class Mutant(NamedTuple):
    name: str
    fields: dict[str, str]
    hunks: list[Hunk]


def read_hunks(name: str, lines: list[str]) -> list[Hunk]:
    hunks, path, at = [], "", 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("+++ b/"):
            path = line[6:].strip()
        begin = HUNK.match(line)
        if not begin:
            continue
        old, new = [], []
        while at < len(lines) and lines[at][:1] in (" ", "-", "+"):
            if lines[at].startswith("--- a/"):
                break
            if lines[at][0] != "+":
                old.append(lines[at][1:])
            if lines[at][0] != "-":
                new.append(lines[at][1:])
            at += 1
        hunks.append(Hunk(path, int(begin.group(1)), "".join(old), "".join(new)))
    if not hunks:
        raise Unfit(f"{name}: no hunk")
    return hunks


def read_mutant(file: Path) -> Mutant:
    head, _, body = file.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    if not {"Bug", "Target", "Test"} <= set(fields):
        raise Unfit(f"{file.stem}: Bug, Target and Test are needed")
    return Mutant(file.stem, fields, read_hunks(file.stem, body.splitlines(keepends=True)))


def mutate(top: Path, mutant: Mutant) -> dict[str, str]:
    """Path -> mutated text. A hunk may have moved, but it must fit in exactly one place."""
    texts: dict[str, str] = {}
    for hunk in mutant.hunks:
        text = texts.get(hunk.path)
        if text is None:
            try:
                text = (top / hunk.path).read_text(encoding="utf-8")
            except OSError as error:
                raise Unfit(f"{mutant.name}: {hunk.path}: {error.strerror}") from error
        places = ("\n" + text).count("\n" + hunk.old)
        if places != 1:
            raise Unfit(f"{mutant.name}: {hunk.path}:{hunk.line}: fits in {places} places")
        before, after = ("\n" + text).split("\n" + hunk.old)
        texts[hunk.path] = (before + "\n" + hunk.new + after)[1:]
    return texts


def all_mutants() -> list[Mutant]:
    return [read_mutant(file) for file in sorted(HERE.glob("*.patch"))]


def check() -> int:
    problems = 0
    for file in sorted(HERE.glob("*.patch")):
        try:
            mutate(TOP, read_mutant(file))
        except Unfit as unfit:
            problems += 1
            print(unfit)
    print(f"{len(list(HERE.glob('*.patch')))} patches, {problems} of them do not fit")
    return 1 if problems else 0


# --- building ----------------------------------------------------------------------------------

def copy_sources(source: Path) -> None:
    """Copies what is new or changed, and removes what is gone: the next build is a small one."""
    wanted = set()
    for folder, folders, files in os.walk(TOP):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in files:
            origin = Path(folder) / name
            relative = origin.relative_to(TOP)
            wanted.add(relative)
            copy = source / relative
            content = origin.read_bytes()
            if copy.is_file() and copy.read_bytes() == content:
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            shutil.copymode(origin, copy)
    for copy in list(source.rglob("*")):
        if copy.is_file() and copy.relative_to(source) not in wanted:
            copy.unlink()


class Workshop:
    """The copy of the sources and what is built of it."""

    def __init__(self, work: Path, jobs: int) -> None:
        self.source = work / "source"
        self.build_folder = work / "build"
        self.log = work / "build.log"
        self.jobs = str(jobs)
        work.mkdir(parents=True, exist_ok=True)
        copy_sources(self.source)
        self.call(["cmake", "-S", str(self.source), "-B", str(self.build_folder), "-G", "Ninja",
                   "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                   "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1", "-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1"])

    def call(self, command: list[str]) -> bool:
        with self.log.open("a", encoding="utf-8") as log:
            return subprocess.run(command, stdout=log, stderr=log, check=False).returncode == 0

    def build(self, target: str) -> bool:
        return self.call(["cmake", "--build", str(self.build_folder), "-j", self.jobs,
                          "--target", target])

    def write(self, texts: dict[str, str]) -> None:
        for path, text in texts.items():
            (self.source / path).write_text(text, encoding="utf-8")

    def read(self, paths: Iterable[str]) -> dict[str, str]:
        return {path: (self.source / path).read_text(encoding="utf-8") for path in paths}

    def test(self, mutant: Mutant, seed: Optional[str]) -> tuple[bool, str]:
        """Passed, and what was printed."""
        program = next(self.build_folder.rglob(mutant.fields["Target"]))
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("QRPAY_SEED", "QRPAY_LONG")}
        if seed:
            environment["QRPAY_SEED"] = seed
        if mutant.fields.get("Long") == "yes":
            environment["QRPAY_LONG"] = "1"
        command = [str(program), f"--gtest_filter={mutant.fields['Test']}", "--gtest_fail_fast"]
        try:
            ran = subprocess.run(command, env=environment, capture_output=True, text=True,
                                 errors="replace", timeout=TEST_SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            return False, "does not end"
        output = ran.stdout + ran.stderr
        if ran.returncode == 0 and "[  PASSED  ] 0 tests" in output:
            return True, "no test of that name"
        return ran.returncode == 0, output


def last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing was printed"


def name_of_catch(mutant: Mutant, output: str) -> str:
    failed = FAILED.findall(output)
    started = re.findall(r"^\[ RUN      \] ([\w./]+)", output, re.MULTILINE)
    if failed:
        return failed[0]
    # An invariant that does not hold ends the program.
    return f"{started[-1] if started else mutant.fields['Test']}: {last_line(output)[:120]}"


def try_mutant(workshop: Workshop, mutant: Mutant) -> Optional[str]:
    """None when it was caught, else why not."""
    texts = mutate(workshop.source, mutant)
    originals = workshop.read(texts)
    kept = mutant.fields.get("Seed")
    if not workshop.build(mutant.fields["Target"]):
        return f"the sources do not build; see {workshop.log}"
    passed, output = workshop.test(mutant, kept)
    if not passed or output == "no test of that name":
        return f"{mutant.fields['Test']} does not pass without the bug: {last_line(output)}"
    workshop.write(texts)
    try:
        if not workshop.build(mutant.fields["Target"]):
            return f"the mutant does not build; see {workshop.log}"
        passed, output = workshop.test(mutant, kept)
        if passed and kept:
            passed, output = workshop.test(mutant, None)
    finally:
        workshop.write(originals)
    if passed:
        return "NOT CAUGHT: " + mutant.fields["Bug"]
    seed = SEED.search(output)
    found = seed.group(1) if seed else kept
    by = name_of_catch(mutant, output) + (f", seed {found}" if found else "")
    if kept and seed and found != kept:
        by += f" (seed {kept} shows it no more: keep the new one)"
    print(f"{mutant.name}: caught by {by}", flush=True)
    return None


def run(work: Path, jobs: int, names: list[str]) -> int:
    mutants = [mutant for mutant in all_mutants() if not names or mutant.name in names]
    if not mutants or len(mutants) < len(names):
        print(f"no such mutants: {' '.join(names)}")
        return 1
    workshop = Workshop(work, jobs)
    missed = 0
    for mutant in mutants:
        started = time.monotonic()
        try:
            reason = try_mutant(workshop, mutant)
        except Unfit as unfit:
            reason = str(unfit)
        if reason:
            missed += 1
            print(f"{mutant.name}: {reason}", flush=True)
        print(f"    {time.monotonic() - started:.0f} s", flush=True)
    print(f"{len(mutants)} mutants, {len(mutants) - missed} caught")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.check:
        return check()
    if options.work is None:
        parser.error("--check or --work FOLDER")
    return run(options.work.resolve(), options.jobs, options.names)


if __name__ == "__main__":
    sys.exit(main())
