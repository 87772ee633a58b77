#!/usr/bin/env python3
"""Checks a qrpay ledger with nothing of qrpay's: an exported folder, or one receipt.

    qrpay_audit.py folder DIR --key KEY     every file, record and balance, and the signature
    qrpay_audit.py receipt FILE --key KEY   one record, offline

KEY is a verifier key of the log, or a file that begins with it; have it from the operator in
person, never from the folder. A log gets other keys over time, and a restored one another name: any
key that it ever had will do for a folder, since each vouches for the next in a record. A receipt is
signed by the keys of its time: give --key for each you have.
Needs qrpay_log.py beside it, Python 3.8 or later and, for Ed25519, the program `openssl`.
Exit code: 0 sound, 1 something is bad and the file is named, 2 wrong usage.

Written from docs/formats alone, and each part names its page. It shares no code with the program
it checks. Read qrpay_log.py first (hashes, notes, keys), then this: records, balances, folder,
receipt.
"""

import argparse
import base64
import datetime
import json
import os
import re
import struct
import sys

from qrpay_log import (COSIGNATURE, WIDTH, Bad, Checkpoint, CheckpointText, Identity, Key, Note,
                       inclusion_leads_to, keys_from, leaf_hash, need, parse_tlv, read_file,
                       row_root, sha256, strict_base64)


# --- records: record.md ------------------------------------------------------------------------

HEADER = struct.Struct(">BBHHHQqqQIHH16s16s32s")  # 112 bytes
POSTING = struct.Struct(">16sqHBB")               # 28 bytes
KINDS = {1: "genesis", 2: "register_bank", 3: "register_merchant", 4: "register_shop",
         7: "register_terminal", 8: "open_account", 9: "close_account", 10: "key",
         20: "put_order", 21: "cancel_order", 22: "bank_credit", 27: "declare_cash",
         29: "id_reuse", 40: "transfer", 41: "hold", 42: "post", 43: "void_hold", 45: "batch",
         60: "tick", 61: "erase", 62: "restore", 63: "log_key", 64: "upgrade",
         66: "secret"}
# Even tags a reader must know before it may read a body; odd ones may be passed over.
EVEN_TAGS = {*range(14, 49, 2), 54, 56, 62, 64, *range(70, 85, 2), *range(88, 99, 2),
             *range(102, 111, 2), 120, 122, 130, 132}


def number(fields, tag, otherwise=0):
    return int.from_bytes(fields[tag], "big") if tag in fields else otherwise


class Record:
    def __init__(self, data, where):
        need(112 <= len(data) <= 65535, where, "a record of %d bytes" % len(data))
        (form, tags, _, self.kind, self.outcome, self.sequence, self.time, self.amount, _,
         self.secret, postings, body, _, _, self.commitment) = HEADER.unpack_from(data)
        where = "%s: record %d" % (where, self.sequence)
        need(form == 1 and tags <= 4 and postings <= 64 and self.sequence, where, "not format 1")
        at = 112 + 16 * tags
        need(len(data) == at + 28 * postings + body, where, "another length than it says")
        self.postings = [POSTING.unpack_from(data, at + 28 * i) for i in range(postings)]
        need(all(p[1] != 0 and p[3] in (1, 2) for p in self.postings), where, "a malformed posting")
        self.body = parse_tlv(data[at + 28 * postings:])
        need(self.body is not None, where, "the body is no TLV")
        self.readable = all(tag % 2 == 1 or tag in EVEN_TAGS for tag in self.body)


# --- balances and CR-1: record.md, journal.md "Verifying", cr1.md -------------------------------

FLOOR, CEILING, DONE, SALE, RELEASE, HELD = 1, 2, 1, 3, 13, 2
DAY, ZONE = 86400 * 10 ** 6, 7 * 3600 * 10 ** 6  # microseconds
DAY_ZERO = datetime.date(1970, 1, 1).toordinal()


class Ledger:
    """The fold of all records so far."""

    def __init__(self, days):
        self.identity, self.last, self.time, self.secrets, self.unread = Identity(), 0, None, 1, 0
        self.accounts = {}  # id: [debit, credit, held debit, held credit, flags]
        self.kinds, self.days, self.shops, self.training = {}, days or (0, 0), {}, set()

    def add(self, record, root, where):
        where = "%s: record %d" % (where, record.sequence)
        need(record.sequence == self.last + 1, where, "comes after record %d" % self.last)
        need(self.time is None or record.time >= self.time, where, "log time goes back")
        self.last, self.time = record.sequence, record.time
        name = KINDS.get(record.kind, "kind %d" % record.kind)
        self.kinds[name] = self.kinds.get(name, 0) + 1
        self.identity.add(record, root, where)
        need(record.secret == self.secrets, where, "tags of a secret that is not announced")
        if record.kind == 66 and number(record.body, 130) == 1:  # the next one for tags
            self.secrets += 1
            need(number(record.body, 132) == self.secrets and 11 in record.body, where, "a gap")
        if record.kind == 8 and 46 in record.body:
            account, limit = struct.pack(">IIQ", 8, 0, record.sequence), number(record.body, 46)
            need(limit <= CEILING and account not in self.accounts, where, "a second opening")
            self.accounts[account] = [0, 0, 0, 0, limit]
        self.post(record.postings, where)
        if record.kind == 9 and 106 in record.body:
            account = struct.pack(">IIQ", 8, 0, number(record.body, 104))
            sides = number(record.body, 106)
            need(account in self.accounts and 1 <= sides <= 3, where, "closes what is not there")
            self.accounts[account][4] |= sides << 4
        if record.readable:
            self.note_for_cr1(record)
        else:
            self.unread += 1

    def post(self, postings, where):
        need(len(postings) != 1, where, "a posting without another side")
        for layer in (1, HELD):
            need(sum(p[1] for p in postings if p[3] == layer) == 0, where, "do not sum to zero")
        for account, amount, currency, layer, leg in postings:
            need(currency == 704, where, "currency %d is not settled" % currency)
            totals = self.accounts.setdefault(account, [0, 0, 0, 0, 0])
            if layer == HELD and leg == RELEASE:  # ends a hold on the other side
                totals[2 + (amount > 0)] -= abs(amount)
            else:
                need(not (totals[4] >> 4) & (1 + (amount < 0)), where, "an account that is closed")
                totals[2 * (layer - 1) + (amount < 0)] += abs(amount)
            need(all(0 <= total < 2 ** 63 for total in totals), where, "a total out of range")
        for account in {p[0] for p in postings}:
            debit, credit, held_debit, held_credit, flags = self.accounts[account]
            need(flags & 3 != FLOOR or debit + held_debit <= credit, where, "below its floor")
            need(flags & 3 != CEILING or credit + held_credit <= debit, where, "above its ceiling")

    def note_for_cr1(self, record):
        """Sales and declared cash of the shops that opened by the last day."""
        body, shop = record.body, self.shops.get(number(record.body, 18))
        if record.kind == 4 and number(body, 36) <= self.days[1]:
            commune = body.get(30, b"").decode("utf-8", "replace")
            self.shops[record.sequence] = {"commune": commune, "sales": 0, "sum": 0, "cash": {}}
        elif record.kind == 7 and number(body, 38):
            self.training.add(record.sequence)
        elif record.kind == 22 and shop:
            day = (number(body, 72) + ZONE) // DAY
            sale = -sum(p[1] for p in record.postings if p[4] == SALE and p[1] < 0)
            if sale and self.days[0] <= day <= self.days[1]:
                shop["sales"] += 1
                shop["sum"] += sale
        elif record.kind == 27 and record.outcome == DONE and shop:
            day, terminal, revision = (number(body, tag) for tag in (88, 20, 96))
            known = shop["cash"].get((day, terminal), (0, None))
            if self.days[0] <= day <= self.days[1] and revision > known[0]:
                amount = None if number(body, 90) or terminal in self.training else record.amount
                shop["cash"][day, terminal] = (revision, amount)

    def cr1_inputs(self):
        for shop in self.shops.values():
            told = {key: cash for key, (_, cash) in shop.pop("cash").items() if cash is not None}
            shop["declared_days"], shop["cash"] = len({day for day, _ in told}), sum(told.values())
        return self.shops

    def book(self):
        """journal.md: one hash over every account and its totals."""
        return sha256(b"".join(account + struct.pack(">qqqqB", *totals)
                               for account, totals in sorted(self.accounts.items())))


# --- the folder: export.md ---------------------------------------------------------------------
def tile_name(kind, index, width):
    """tile_name("0", 1234067, 5) = "tile/0/x001/x234/067.p/5"."""
    digits = "%03d" % index
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    groups = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    name = "/".join(["tile", kind] + ["x" + group for group in groups[:-1]] + groups[-1:])
    return name if width == WIDTH else "%s.p/%d" % (name, width)


def split_bundle(data, width, where):
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at:at + 2], "big")
        need(at + 2 + length <= len(data), where, "cut inside a record")
        entries.append(data[at + 2:at + 2 + length])
        at += 2 + length
    need(len(entries) == width, where, "%d records, not %d" % (len(entries), width))
    return entries


class Folder:
    """All files of an export, read once, in order."""

    def __init__(self, path, key, witnesses, kept, days):
        self.path, self.used, self.size, self.key = path, set(), 0, key
        note = self.read("checkpoint")
        self.keys = [key]
        if not Note(note, "checkpoint").signed_by(key, "checkpoint"):
            self.keys = keys_from(key, self.announcements())
        self.head = Checkpoint(note, self.keys, "checkpoint", witnesses)
        self.ledger = Ledger(days)
        self.kept = kept  # (file name, note) that the auditor has from before
        self.sizes = {CheckpointText(note, name).size for name, note in kept}
        self.roots = {}  # of the records, at those sizes
        self.forks = []  # names of kept ones that a restore left behind, as it admits
        self.rows = []   # hashes of the last tile of each level
        self.wrong = []  # (level, index, width) of tiles that do not hold what the records give

    def read(self, name):
        self.used.add(name)
        try:
            return read_file(os.path.join(self.path, *name.split("/")))
        except OSError as error:
            raise Bad("%s: %s" % (name, error.strerror)) from None

    def announcements(self):
        """(file, body) of the records that name a log key, whatever their worth."""
        for folder, _, files in os.walk(os.path.join(self.path, "tile", "entries")):
            for file in sorted(files):
                path, at = os.path.join(folder, file), 0
                data, where = read_file(path), os.path.relpath(path, self.path)
                while at + 114 <= len(data):
                    entry = data[at + 2:at + 2 + int.from_bytes(data[at:at + 2], "big")]
                    at += 2 + len(entry)
                    if len(entry) >= 112 and int.from_bytes(entry[4:6], "big") in (62, 63):
                        yield where, Record(entry, where).body

    def check(self):
        """Raises Bad at the first thing that is wrong."""
        while self.size < self.head.size:
            index, width = self.size // WIDTH, min(WIDTH, self.head.size - self.size)
            where = tile_name("entries", index, width)
            entries = split_bundle(self.read(where), width, where)
            hashes = [leaf_hash(entry) for entry in entries]
            self.compare(0, index, hashes)
            for entry, hash_ in zip(entries, hashes):
                if not self.wrong:
                    self.ledger.add(Record(entry, where), self.root, where)
                self.size += 1
                self.push(0, hash_)
                if self.size in self.sizes:
                    self.roots[self.size] = self.root()
        for level, row in enumerate(self.rows):
            if level > 0 and row:
                self.compare(level, self.size >> 8 * (level + 1), row)
        self.judge()
        self.check_identity()
        self.check_leftovers()

    def check_identity(self):
        """The log is the one that the key is of, and was never another than what was kept."""
        all_ = self.ledger.identity.all
        need(any(self.key.vkey == span[0].vkey for one in all_ for span in one.keys), "checkpoint",
             "no record names %s" % self.key.vkey)
        need(self.head.origin == all_[-1].origin, "checkpoint",
             "is of %s, but the records end as %s" % (self.head.origin, all_[-1].origin))
        all_[-1].signed(self.head, "checkpoint")
        for name, note in self.kept:
            kept = CheckpointText(note, name)
            if not self.ledger.identity.check_kept(kept, self.roots.get(kept.size), name):
                self.forks.append(name)

    def compare(self, level, index, row):
        """Notes a tile that does not hold `row`."""
        where = tile_name(str(level), index, len(row))
        if self.read(where) != b"".join(row):
            self.wrong.append((level, index, len(row)))

    def push(self, level, hash_):
        if level == len(self.rows):
            self.rows.append([])
        self.rows[level].append(hash_)
        if len(self.rows[level]) == WIDTH:
            row, self.rows[level] = self.rows[level], []
            if level > 0:
                self.compare(level, (self.size - 1) >> 8 * (level + 1), row)
            self.push(level + 1, row_root(row))

    def root(self):
        root = []
        for row in self.rows:
            if row or root:
                root = [row_root(row + root)]
        return row_root(root)

    def judge(self):
        """Records that lead to the signed root are right, and then a tile that differs is wrong.
        Else the records that differ from their tile are, and hashes above them follow."""
        right = self.root() == self.head.root
        for level, index, width in self.wrong:
            need(not right, tile_name(str(level), index, width), "not the hashes of the records")
            need(level > 0, tile_name("entries", index, width),
                 "records that lead neither to the signed root nor to their hash tile")
        need(right, "checkpoint", "signs another root than that of these records")

    def check_leftovers(self):
        """Partial tiles of earlier checkpoints may stay; each is the beginning of a later one."""
        for folder, _, files in os.walk(self.path):
            for file in files:
                name = os.path.relpath(os.path.join(folder, file), self.path).replace(os.sep, "/")
                if name not in self.used:
                    self.check_partial(name)

    def check_partial(self, name):
        found = re.fullmatch(r"tile/(entries|[0-9]+)/((?:x[0-9]{3}/)*[0-9]{3})\.p/([0-9]+)", name)
        need(found, name, "is of no export")
        level, width = found.group(1), int(found.group(3))
        index = int(re.sub("[x/]", "", found.group(2)))
        rows = self.head.size >> (0 if level == "entries" else 8 * int(level))
        now = min(WIDTH, rows - WIDTH * index)
        need(0 < width <= now and name == tile_name(level, index, width), name, "is of no export")
        data, whole = self.read(name), self.read(tile_name(level, index, now))
        cut = len(data) != 32 * width if level != "entries" else not split_bundle(data, width, name)
        need(not cut and whole.startswith(data), name, "not the beginning of its tile")


# --- a receipt: proof.md, "Receipt" ------------------------------------------------------------
def check_receipt(options):
    where, keys = options.path, [Key(key) for key in options.key]
    head, gap, note = read_file(where).partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    need(gap and len(lines) >= 3 and lines[0] == "c2sp.org/tlog-proof@v1", where, "no receipt")
    extra = strict_base64(lines[1][6:]) if lines[1].startswith("extra ") else None
    need(re.fullmatch("index (0|[1-9][0-9]*)", lines[2]), where, "no index")
    index, proof = int(lines[2][6:]), [strict_base64(line) for line in lines[3:]]
    need(len(proof) <= 64 and all(h and len(h) == 32 for h in proof), where, "a malformed hash")
    fields = parse_tlv(extra) if extra else None
    need(fields and 1 in fields, where, "no record inside")
    head = Checkpoint(note, keys, where)
    record = Record(fields[1], where)
    need(record.sequence == index + 1, where, "the record has another sequence than the index")
    need(inclusion_leads_to(index, head.size, leaf_hash(fields[1]), proof) == head.root, where,
         "the hashes do not lead from the record to the signed root")
    digests = fields.get(3, b"")  # 32 bytes for each of at most 15 sections
    need(len(digests) < 512 and sha256(bytes([len(digests) // 32]) + digests) == record.commitment,
         where, "the digests are not what the record commits to")
    need((5 in fields) == (7 in fields), where, "half an opening")
    if 5 in fields:
        need(len(fields[5]) == 32 and sha256(fields[5] + b"\x00" + fields[7]) == digests[:32],
             where, "section 0 is not what the record commits to")
    section = parse_tlv(fields.get(7, b"")) or {}
    return {"origin": head.origin, "size": head.size, "sequence": record.sequence,
            "kind": KINDS.get(record.kind, str(record.kind)), "outcome": record.outcome,
            "amount": record.amount, "id": section.get(1, b"").decode("utf-8", "replace")}


# --- command line ------------------------------------------------------------------------------
def check_folder(options):
    key = Key(options.key)
    kept = [(name, read_file(name)) for name in options.kept]
    witnesses = [Key(witness, COSIGNATURE) for witness in options.witness]
    days = [datetime.date.fromisoformat(day).toordinal() - DAY_ZERO for day in options.cr1]
    folder = Folder(options.path, key, witnesses, kept, days)
    folder.check()
    head, ledger = folder.head, folder.ledger
    result = {"origin": head.origin, "size": head.size, "forks": folder.forks,
              "origins": {one.origin: {key.vkey: [begins, until] for key, begins, until in one.keys}
                          for one in ledger.identity.all},
              "root": base64.b64encode(head.root).decode(), "accounts": len(ledger.accounts),
              "book": ledger.book().hex(), "kinds": ledger.kinds, "unread_records": ledger.unread}
    if options.balances:
        result["balances"] = {account.hex(): totals[:4]
                              for account, totals in sorted(ledger.accounts.items())}
    if options.cr1:
        result["cr1_inputs"] = ledger.cr1_inputs()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    folder, receipt = verbs.add_parser("folder"), verbs.add_parser("receipt")
    for verb in (folder, receipt):
        verb.add_argument("path")
        verb.add_argument("--key", required=True, help="a verifier key of the log, or its file",
                          action="store" if verb is folder else "append")
    folder.add_argument("--witness", action="append", default=[], help="must have cosigned")
    folder.add_argument("--kept", action="append", default=[], help="a checkpoint from before")
    folder.add_argument("--balances", action="store_true", help="four totals an account")
    folder.add_argument("--cr1", nargs=2, metavar=("FROM", "TO"), default=[], help="its inputs")
    options = parser.parse_args()
    try:
        result = check_folder(options) if options.verb == "folder" else check_receipt(options)
    except Bad as bad:
        print("BAD %s" % bad, file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print("{" + ",\n ".join(json.dumps({name: result[name]})[1:-1] for name in result) + "}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
