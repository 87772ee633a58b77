#!/usr/bin/env python3
"""The auditor's own program against vectors/merkle.json: what it computes by itself.

    auditor_vectors.py FILE

Prints a line for each row that fails, then the count; exit 1 when one failed or there were none.
"""

import json
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "audit", "verifier"))
import qrpay_audit as audit  # noqa: E402
import qrpay_log as log  # noqa: E402


def leaves_of(tree):
    if "leaves_hex" in tree:
        return [bytes.fromhex(leaf) for leaf in tree["leaves_hex"]]
    if "leaves_utf8" in tree:
        return [leaf.encode() for leaf in tree["leaves_utf8"]]
    return [(tree["leaf_format"].split("%d")[0] + str(i)).encode() for i in range(tree["count"])]


def leaf_hash(row, _):
    return log.leaf_hash(bytes.fromhex(row["input"])).hex() == row["hash"]


def node_hash(row, _):
    pair = (bytes.fromhex(row[side]) for side in ("left", "right"))
    return log.node_hash(*pair).hex() == row["hash"]


def root(row, file):
    leaves = leaves_of(file["trees"][row["tree"]])[:row["size"]]
    return log.row_root([log.leaf_hash(leaf) for leaf in leaves]).hex() == row["root"]


def inclusion(row, _):
    leaf, proof = bytes.fromhex(row["leaf_hash"]), [bytes.fromhex(h) for h in row["proof"]]
    found = log.inclusion_leads_to(row["leaf_index"], row["tree_size"], leaf, proof)
    hashes = all(len(hash_) == 32 for hash_ in [leaf, *proof])
    return (hashes and found == bytes.fromhex(row["root"])) == row["valid"]


def tile_path(row, _):
    name = audit.tile_name(str(row["level"]), row["index"], row["partial"] or log.WIDTH)
    return (name == row["path"]) == row["valid"]


def entries_path(row, _):
    return audit.tile_name("entries", row["index"], row["partial"] or log.WIDTH) == row["path"]


def cosignature(row, _):
    """The witness's line alone: these logs are not named by their keys."""
    witness = log.Key(row["witness_key"], log.COSIGNATURE)
    try:
        signed = log.Note(row["note"].encode(), row["id"]).signed_by(witness, row["id"])
    except log.Bad:
        signed = False
    return signed == row["valid"] and witness.id.hex() == row["key_id"]


def main():
    with open(sys.argv[1], encoding="utf-8") as stream:
        file = json.load(stream)
    passed, failed = 0, 0
    for check in (leaf_hash, node_hash, root, inclusion, tile_path, entries_path, cosignature):
        for row in file[check.__name__]:
            if check(row, file):
                passed += 1
            else:
                failed += 1
                print("FAIL %s %s" % (check.__name__, row["id"]))
    print("%d passed, %d failed" % (passed, failed))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
