#!/usr/bin/env python3
"""What audit/verifier must refuse, and the file it must name. Started by export_test.cc.

An export with two checkpoints behind it, an older export of the same log, a receipt, and a
checkpoint that the log's own key signed over another root. Exit 0 when all is refused as claimed.
With --qrpay PROGRAM the folders are checked by `PROGRAM ledger verify-export` instead, which must
say the same.
"""

import argparse
import base64
import functools
import os
import random
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "audit", "verifier"))
import qrpay_audit as audit  # noqa: E402

audit.Key.verifies = functools.lru_cache(maxsize=None)(audit.Key.verifies)
problems = []
qrpay = None  # the program that is tried instead of the module


def verdict_of_qrpay(folder, key, kept):
    command = [qrpay, "ledger", "verify-export", folder, "--key", key.vkey]
    for path in kept:
        command += ["--kept", path]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        return ""
    if done.returncode != 1 or not done.stdout.startswith("BAD "):
        return "exit code %d: %s" % (done.returncode, done.stdout)
    for path in kept:  # named in full there
        done.stdout = done.stdout.replace("BAD %s:" % path, "BAD %s:" % os.path.basename(path))
    return done.stdout[4:]


def verdict_on_folder(folder, key, kept=()):
    """The text of the refusal; "" when it is sound. `kept` are files."""
    if qrpay:
        return verdict_of_qrpay(folder, key, kept)
    try:
        notes = [(os.path.basename(path), audit.read_file(path)) for path in kept]
        audit.Folder(folder, key, [], notes, []).check()
    except audit.Bad as bad:
        return str(bad)
    return ""


def verdict_on_receipt(content, key):
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        options = argparse.Namespace(path=file.name, key=[key])
        try:
            audit.check_receipt(options)
        except audit.Bad as bad:
            return str(bad).replace(file.name, "receipt")
    return ""


def expect(claim, verdict, name):
    """`name` = the file that must be named; "" = it must be sound."""
    if not (verdict.startswith(name + ": ") if name else verdict == ""):
        problems.append("%s: %r, wanted %r" % (claim, verdict, name))


def files_of(folder):
    for directory, _, files in os.walk(folder):
        for file in files:
            yield os.path.relpath(os.path.join(directory, file), folder)


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def places_in(content, options, name):
    """Every byte of the checkpoint; of others the ends and a sample."""
    if name == "checkpoint":
        return range(len(content))
    count = min(2000 if options.many else 12, len(content))
    some = random.Random(options.seed).sample(range(len(content)), count)
    return sorted({0, 1, 2, len(content) - 1, *some})


def flip_bytes(folder, key, options):
    bits = random.Random(options.seed)
    for name in sorted(files_of(folder)):
        path = os.path.join(folder, name)
        content = audit.read_file(path)
        for at in places_in(content, options, name):
            flipped = bytearray(content)
            flipped[at] ^= 1 << bits.randrange(8)
            write(path, flipped)
            expect("flip byte %d of %s" % (at, name), verdict_on_folder(folder, key), name)
        write(path, content)


def cut_and_add_files(folder, key):
    for name in sorted(files_of(folder)):
        path = os.path.join(folder, name)
        content = audit.read_file(path)
        cuts = [content[:-1], content + b"\0", b""]
        if name.startswith("tile/entries/"):
            cuts.append(b"".join(split(content)[:-1]))  # the last record, whole
        elif name.startswith("tile/"):
            cuts.append(content[:-32])
        for cut in cuts:
            write(path, cut)
            expect("cut %s to %d" % (name, len(cut)), verdict_on_folder(folder, key), name)
        os.remove(path)
        # An old partial tile is not needed; every other file is.
        wanted = name if name in needed_files(folder, key, name, content) else ""
        expect("remove %s" % name, verdict_on_folder(folder, key), wanted)
        write(path, content)
    for name in ("tile/0/099", "tile/0/099.p/1", "tile/7/000.p/1", "tile/entries/099.p/1", "note"):
        write(os.path.join(folder, name), b"\0" * 32)
        expect("add %s" % name, verdict_on_folder(folder, key), name)
        os.remove(os.path.join(folder, name))


def split(bundle):
    """Records with their lengths before them."""
    parts = []
    while bundle:
        end = 2 + int.from_bytes(bundle[:2], "big")
        parts.append(bundle[:end])
        bundle = bundle[end:]
    return parts


def needed_files(folder, key, removed, content):
    """Those that the newest checkpoint speaks of."""
    path = os.path.join(folder, "checkpoint")
    note = content if removed == "checkpoint" else audit.read_file(path)
    size = audit.CheckpointText(note, "checkpoint").size
    names, level = {"checkpoint"}, 0
    while size >> 8 * level:
        for index in range(((size >> 8 * level) + 255) // 256):
            width = min(256, (size >> 8 * level) - 256 * index)
            names.add(audit.tile_name(str(level), index, width))
            if level == 0:
                names.add(audit.tile_name("entries", index, width))
        level += 1
    return names


def vkey_of(name, public):
    data = b"\x01" + public
    id_ = audit.sha256(name.encode() + b"\n" + data)[:4].hex()
    return "%s+%s+%s" % (name, id_, base64.b64encode(data).decode())


def swap_identity(folder, key, receipt):
    others = [vkey_of(key.name, bytes([key.public[0] ^ 1]) + key.public[1:]),  # another key
              vkey_of("other.test/0/1", key.public),                         # another log
              vkey_of(key.name + "x", key.public)]
    for other in others:
        expect("the key " + other, verdict_on_folder(folder, audit.Key(other)), "checkpoint")
        expect("the key " + other, verdict_on_receipt(receipt, other), "receipt")


def roll_back_and_fork(options, key):
    new, old = (os.path.join(folder, "checkpoint") for folder in (options.folder, options.old))
    expect("an old export", verdict_on_folder(options.old, key), "")
    expect("growth", verdict_on_folder(options.folder, key, [old]), "")
    expect("the same", verdict_on_folder(options.folder, key, [new]), "")
    expect("a rollback", verdict_on_folder(options.old, key, [new]), "checkpoint")
    expect("a fork", verdict_on_folder(options.folder, key, [options.forked]), "forked")
    content = audit.read_file(old)
    write(old, audit.read_file(options.forked))
    expect("a split view", verdict_on_folder(options.old, key), "checkpoint")
    write(old, audit.read_file(new))
    expect("a head of another size", verdict_on_folder(options.old, key), "tile/entries/000")
    write(old, content)


def forge_receipts(receipt, vkey, options):
    expect("the receipt", verdict_on_receipt(receipt, vkey), "")
    bits = random.Random(options.seed)
    for at in range(len(receipt)) if options.many else range(0, len(receipt), 5):
        flipped = bytearray(receipt)
        flipped[at] ^= 1 << bits.randrange(8)
        expect("flip byte %d of the receipt" % at, verdict_on_receipt(bytes(flipped), vkey),
               "receipt")
    head, note = receipt.split(b"\n\n", 1)
    lines = head.split(b"\n")
    start, hashes = lines[:3], lines[3:]
    index = int(lines[2][6:])
    decoy = base64.b64encode(audit.sha256(b"decoy"))

    def forged(claim, hashes, start=tuple(start)):
        text = b"\n".join([*start, *hashes]) + b"\n\n" + note
        expect(claim, verdict_on_receipt(text, vkey), "receipt")

    for i in range(len(hashes)):
        forged("without hash %d" % i, hashes[:i] + hashes[i + 1:])
        forged("another hash %d" % i, hashes[:i] + [decoy] + hashes[i + 1:])
        forged("hash %d twice" % i, hashes[:i] + hashes[i:i + 1] + hashes[i:])
    forged("no hashes", [])
    forged("one more hash", [*hashes, decoy])
    forged("a linear chain", [decoy] * 64)
    forged("more hashes than a tree has", [decoy] * 65)
    forged("two hashes exchanged", [hashes[1], hashes[0], *hashes[2:]])
    for other in (0, index - 1, index + 1, index + 256, 2 ** 63, 2 ** 64):
        forged("index %d" % other, hashes, [*start[:2], b"index %d" % other])
    # The root itself, passed off as a leaf of a tree of one.
    root = note.split(b"\n")[2]
    forged("the root as its own proof", [root])


def main():
    parser = argparse.ArgumentParser()
    for name in ("folder", "old", "receipt", "forked", "key"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--many", action="store_true")
    parser.add_argument("--qrpay")
    options = parser.parse_args()
    global qrpay
    qrpay = options.qrpay
    key, receipt = audit.Key(options.key), audit.read_file(options.receipt)
    expect("the export", verdict_on_folder(options.folder, key), "")
    with tempfile.TemporaryDirectory() as scratch:
        copy = os.path.join(scratch, "copy")
        shutil.copytree(options.folder, copy)
        flip_bytes(copy, key, options)
        cut_and_add_files(copy, key)
        expect("the export, put together again", verdict_on_folder(copy, key), "")
    swap_identity(options.folder, key, receipt)
    roll_back_and_fork(options, key)
    if not qrpay:
        forge_receipts(receipt, options.key, options)
    for problem in problems[:50]:
        print(problem)
    print("seed %d: %d problems" % (options.seed, len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
