"""What qrpay_audit.py stands on: hashes, keys, signed notes, checkpoints, who a log is over time.

Written from docs/formats alone: proof.md, and record.md for the records that change who the log is.
"""

import base64
import hashlib
import os
import re
import struct
import subprocess
import tempfile


class Bad(Exception):
    """Something does not hold; the text begins with the name of the file."""


def need(holds, where, what):
    if not holds:
        raise Bad("%s: %s" % (where, what))


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


# --- hashes: proof.md, "Tree" ------------------------------------------------------------------

WIDTH = 256  # hashes of a tile, entries of a bundle


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(record):
    return sha256(b"\x00" + record)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def row_root(row):
    """The root over subtrees of one size, of which the last may be smaller: pair, pass the odd one
    up, again. That is the tree of RFC 6962."""
    row = list(row)
    while len(row) > 1:
        paired = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = paired + row[len(paired) * 2:]
    return row[0] if row else sha256(b"")


def inclusion_leads_to(index, size, leaf, proof):
    """The root that `proof` leads to, or None where it has another length or place."""
    if index >= size:
        return None
    fn, sn, root = index, size - 1, leaf
    for hash_ in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            root = node_hash(hash_, root)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node_hash(root, hash_)
        fn, sn = fn >> 1, sn >> 1
    return root if sn == 0 else None


# --- keys, notes, checkpoints: proof.md, "Checkpoint" ------------------------------------------

ED25519, COSIGNATURE = 1, 4


def strict_base64(text):
    """None unless it is the one way to write those bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


class Key:
    """A verifier key, or the file with it: name+id+base64(type, public key)."""

    def __init__(self, text, type_=ED25519):
        if os.path.exists(text):
            text = read_file(text).decode().split("\n", 1)[0]
        self.vkey, self.type = text.strip(), type_
        self.name, id_, data = (self.vkey.split("+", 2) + ["", ""])[:3]
        data = strict_base64(data) or b""
        self.id, self.public = sha256(self.name.encode() + b"\n" + data)[:4], data[1:]
        if len(data) != 33 or data[0] != type_ or self.id.hex() != id_:
            raise ValueError("not a verifier key of type %d: %s" % (type_, self.vkey))

    def verifies(self, message, signature):
        """Ed25519 by openssl, which Python's library lacks."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("key", "message", "signature")]
            der = bytes.fromhex("302a300506032b6570032100") + self.public
            for path, content in zip(paths, (der, message, signature)):
                with open(path, "wb") as file:
                    file.write(content)
            done = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin",
                 "-inkey", paths[0], "-in", paths[1], "-sigfile", paths[2]],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            return done.returncode == 0


class Note:
    """A signed note, taken apart; nothing is verified."""

    def __init__(self, note, where):
        text = note.decode("utf-8", "replace")
        need(text.encode() == note and not re.search("[\x00-\x09\x0b-\x1f]", text), where,
             "not plain text")
        body, gap, lines = text.rpartition("\n\n")
        need(gap and lines.endswith("\n"), where, "not a signed note")
        self.text, self.signatures = body + "\n", []
        for line in lines[:-1].split("\n"):
            found = re.fullmatch("\u2014 ([^ +]+) ([^ ]+)", line)
            data = strict_base64(found.group(2)) if found else None
            need(data and len(data) > 4, where, "a signature line is malformed")
            self.signatures.append((found.group(1), data[:4], data[4:]))

    def signed_by(self, key, where):
        """Whether a line is of this key. Raises Bad where it is and does not verify."""
        mine = [s for name, id_, s in self.signatures if name == key.name and id_ == key.id]
        for signature in mine:
            message = self.text.encode()
            if key.type == COSIGNATURE:  # c2sp.org/tlog-cosignature
                time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = b"cosignature/v1\ntime %d\n" % time + message
            need(key.verifies(message, signature), where, "the signature of %s is wrong" % key.name)
        return bool(mine)


class CheckpointText(Note):
    """A signed note whose text is origin, size and root; nothing is verified."""

    def __init__(self, note, where):
        super().__init__(note, where)
        parts = self.text.split("\n")
        need(len(parts) >= 4 and all(parts[:-1]), where, "not a checkpoint")
        need(re.fullmatch("0|[1-9][0-9]*", parts[1]), where, "the size is no number")
        self.origin, self.size, self.root = parts[0], int(parts[1]), strict_base64(parts[2])
        need(self.root and len(self.root) == 32, where, "the root is no hash")


class Checkpoint(CheckpointText):
    """Raises Bad unless one of `keys` signed it as the log of that name, and every witness."""

    def __init__(self, note, keys, where, witnesses=()):
        super().__init__(note, where)
        signers = [key for key in keys if self.signed_by(key, where)]
        need(signers, where, "not signed by %s" % " or ".join(key.vkey for key in keys))
        for witness in witnesses:
            need(self.signed_by(witness, where), where, "not signed by %s" % witness.vkey)
        need(any(self.origin == key.name for key in signers), where,
             "is of %s, not of %s" % (self.origin, signers[0].name))


# --- who the log is: proof.md, "Keys over time" --------------------------------------------------

GENESIS, RESTORE, LOG_KEY = 1, 62, 63


def parse_tlv(data):
    """{tag: value}, or None unless it is whole with strictly ascending tags."""
    fields, at, last = {}, 0, 0
    while at < len(data):
        if len(data) - at < 4:
            return None
        tag, length = struct.unpack_from(">HH", data, at)
        at += 4 + length
        if tag <= last or at > len(data):
            return None
        fields[tag], last = data[at - length:at], tag
    return fields


def named_key(fields):
    """The log key that a record announces, or None."""
    try:
        return Key(fields.get(3, b"").decode())
    except ValueError:
        return None


def keys_from(anchor, records):
    """`anchor`, and every key that a key among these vouches for in one of the records' notes."""
    keys, open_ = [anchor], []
    for where, fields in records:
        key = named_key(fields)
        if key and 125 in fields:
            open_.append((where, key, fields))
    found = True
    while found:
        found = False
        for where, key, fields in list(open_):
            note = Note(fields[125], where)
            lines = note.text.split("\n")
            if lines[:2] == ["qrpay log key", key.vkey] and any(
                    note.signed_by(older, where) for older in keys):
                keys.append(key)
                open_.remove((where, key, fields))
                found = True
    return keys


def head_of(data, where):
    need(len(data) == 40, where, "a tree's size and root are 40 bytes")
    return int.from_bytes(data[:8], "big"), data[8:]


class Incarnation:
    """An origin, the record it began with, and its keys: [key, from size, until size or None]."""

    def __init__(self, origin, begins, key, former=None, restored=None):
        self.origin, self.begins, self.keys = origin, begins, [[key, begins, None]]
        self.former, self.restored = former, restored  # (size, root) of a restore

    def live(self):
        return [key for key, _, until in self.keys if until is None]

    def signed(self, checkpoint, where):
        """Raises Bad unless a key of that time signed it."""
        keys = [key for key, begins, until in self.keys
                if begins <= checkpoint.size and (until is None or checkpoint.size < until)]
        need(any(checkpoint.signed_by(key, where) for key in keys), where,
             "not signed by a key that signed size %d of %s" % (checkpoint.size, self.origin))


class Identity:
    """The fold of genesis, log_key and restore records."""

    def __init__(self):
        self.all = []  # incarnations

    def add(self, record, root, where):
        """`root` is that of the records before this one, as a function."""
        fields = record.body
        if record.kind == GENESIS:
            key = named_key(fields)
            need(not self.all and key and fields.get(1) == key.name.encode(), where,
                 "not the genesis of a log with a key")
            self.all.append(Incarnation(key.name, 1, key))
            return
        need(self.all, where, "the first record is no genesis")
        if record.kind == LOG_KEY and fields.get(123):
            spans = [span for span in self.all[-1].keys
                     if span[0].vkey.encode() == fields[123] and span[2] is None]
            need(spans and len(self.all[-1].live()) > 1, where, "retires a key that it cannot")
            spans[0][2] = record.sequence
        elif record.kind == LOG_KEY:
            key = self.vouched(record, where)
            need(key.name == self.all[-1].origin, where, "a log key of another origin")
            need(key.vkey not in [span[0].vkey for span in self.all[-1].keys], where,
                 "a log key for the second time")
            self.all[-1].keys.append([key, record.sequence, None])
        elif record.kind == RESTORE:
            self.restore(record, root, where)

    def vouched(self, record, where):
        key, note = named_key(record.body), Note(record.body.get(125, b""), where)
        need(key and note.text == "qrpay log key\n%s\n%d\n" % (key.vkey, record.sequence)
             and any(note.signed_by(older, where) for older in self.all[-1].live()), where,
             "no key before it vouches for the log key")
        return key

    def restore(self, record, root, where):
        key, before, fields = self.vouched(record, where), self.all[-1], record.body
        stem, _, old = before.origin.rpartition("/")
        new_stem, _, new = key.name.rpartition("/")
        need(fields.get(120) == before.origin.encode() and fields.get(1) == key.name.encode()
             and stem == new_stem and re.fullmatch("[1-9][0-9]*", new) and int(new) > int(old),
             where, "not a later incarnation")
        former, kept = (head_of(fields.get(tag, b""), where) for tag in (127, 129))
        need(kept == (record.sequence - 1, root()), where, "restores another tree")
        self.all.append(Incarnation(key.name, record.sequence, key, former, kept))

    def check_kept(self, checkpoint, root, where):
        """A checkpoint from before, and the root that these records give at its size, if any. False
        where it lies on a fork that a restore admits."""
        at = [i for i, one in enumerate(self.all) if one.origin == checkpoint.origin]
        need(at, where, "is of %s, which this log never was" % checkpoint.origin)
        after = self.all[at[0] + 1] if at[0] + 1 < len(self.all) else None
        lost = after and checkpoint.size > after.restored[0]
        if lost and (checkpoint.size, checkpoint.root) == after.former:
            return False  # word for word, perhaps by a key whose record was lost too
        self.all[at[0]].signed(checkpoint, where)
        if lost:
            need(checkpoint.size < after.former[0], where,
                 "another size or root than the restore at record %d admits" % after.begins)
            return False
        need(root is not None, "checkpoint",
             "rolled back: %s has size %d" % (where, checkpoint.size))
        need(root == checkpoint.root, where,
             "another root than this log has at size %d" % checkpoint.size)
        return True
