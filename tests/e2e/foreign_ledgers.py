"""Makes the files that other ledgers would export, with its own idea of what they mean.

    foreign_ledgers.py transfers DIR --seed N --lines N   accounts.csv transfers.csv expected.csv
    foreign_ledgers.py formance  DIR --seed N --lines N   logs.ndjson expected.csv

expected.csv: id, posted debits, posted credits, held debits, held credits of every account, as they
are when the import is over. Nothing here looks at the product: the rules are those of
docs.tigerbeetle.com and of Formance's documentation.
"""
import argparse
import heapq
import json
import os
import random
import time

LINKED, PENDING, POST, VOID, BAL_DEBIT, BAL_CREDIT, CLOSE_DEBIT, CLOSE_CREDIT, IMPORTED = (
    1 << bit for bit in range(9))
NAMES = ("linked", "pending", "post_pending_transfer", "void_pending_transfer", "balancing_debit",
         "balancing_credit", "closing_debit", "closing_credit", "imported")
FLOOR, CEILING, HISTORY, CLOSED = 2, 4, 8, 32
SECOND = 10**9
ALL = 2**128 - 1


class Account:
    def __init__(self, id_, flags):
        self.id, self.flags, self.closed = id_, flags, False
        self.dp = self.cp = self.dh = self.ch = 0  # posted and held, debits and credits

    def state(self):
        return self.dp, self.cp, self.dh, self.ch, self.closed

    def restore(self, state):
        self.dp, self.cp, self.dh, self.ch, self.closed = state

    def room_to_debit(self):
        return self.cp - self.dp - self.dh if self.flags & FLOOR else 10**12

    def room_to_credit(self):
        return self.dp - self.cp - self.ch if self.flags & CEILING else 10**12


class Model:
    """Two-phase transfers between accounts with limits. apply() says whether one is accepted."""

    def __init__(self, accounts):
        self.accounts, self.pending, self.due = accounts, {}, []

    def copy(self):
        return {a.id: a.state() for a in self.accounts.values()}, dict(self.pending)

    def rollback(self, saved):
        for id_, state in saved[0].items():
            self.accounts[id_].restore(state)
        self.pending = saved[1]

    def expire(self, now):
        while self.due and self.due[0][0] <= now:
            _, timestamp, id_ = heapq.heappop(self.due)
            if id_ in self.pending and self.pending[id_]["timestamp"] == timestamp:
                self.release(self.pending.pop(id_))

    def release(self, t):
        debit, credit = self.accounts[t["debit"]], self.accounts[t["credit"]]
        debit.dh -= t["amount"]
        credit.ch -= t["amount"]
        if t["flags"] & CLOSE_DEBIT:
            debit.closed = False
        if t["flags"] & CLOSE_CREDIT:
            credit.closed = False

    def apply(self, t):
        if t["flags"] & (POST | VOID):
            return self.resolve(t)
        debit, credit = self.accounts[t["debit"]], self.accounts[t["credit"]]
        if debit is credit or debit.closed or credit.closed:
            return False
        if t["flags"] & BAL_DEBIT:
            t["amount"] = max(0, min(t["amount"], debit.cp - debit.dp - debit.dh))
        if t["flags"] & BAL_CREDIT:
            t["amount"] = max(0, min(t["amount"], credit.dp - credit.cp - credit.ch))
        if t["amount"] > debit.room_to_debit() or t["amount"] > credit.room_to_credit():
            return False
        if t["flags"] & PENDING:
            debit.dh += t["amount"]
            credit.ch += t["amount"]
            debit.closed = debit.closed or bool(t["flags"] & CLOSE_DEBIT)
            credit.closed = credit.closed or bool(t["flags"] & CLOSE_CREDIT)
            self.pending[t["id"]] = dict(t)
            if t["timeout"]:
                expires = t["timestamp"] + t["timeout"] * SECOND
                heapq.heappush(self.due, (expires, t["timestamp"], t["id"]))
        else:
            debit.dp += t["amount"]
            credit.cp += t["amount"]
        return True

    def resolve(self, t):
        held = self.pending.get(t["pending"])
        if held is None:
            return False
        debit, credit = self.accounts[held["debit"]], self.accounts[held["credit"]]
        if t["flags"] & POST:
            if debit.closed or credit.closed or (t["amount"] not in (ALL,) and
                                                 t["amount"] > held["amount"]):
                return False
            if t["amount"] == ALL:
                t["amount"] = held["amount"]
            debit.dp += t["amount"]
            credit.cp += t["amount"]
        else:
            t["amount"] = held["amount"]
        t["debit"], t["credit"] = held["debit"], held["credit"]
        self.release(self.pending.pop(t["pending"]))
        return True


class Maker:
    def __init__(self, dice, lines):
        self.dice, self.lines = dice, lines
        ids = dice.sample(range(1, 10**6), 60) + [dice.getrandbits(127) + 1 for _ in range(60)]
        flags = [dice.choice((0, 0, HISTORY, FLOOR, FLOOR, CEILING)) for _ in ids]
        self.model = Model({i: Account(i, f) for i, f in zip(ids, flags)})
        self.ids, self.rows, self.refused, self.next_id = ids, [], 0, 10**20
        now = time.time_ns()
        self.clock, self.end = now - 30 * 86400 * SECOND, now - 7200 * SECOND

    def tick(self):
        step = (self.end - self.clock) // max(1, self.lines - len(self.rows) + 1)
        self.clock += 1 + self.dice.randrange(max(1, min(2 * step, self.end - self.clock - 1)))
        return self.clock

    def some_pending(self):
        """One of the last, mostly, so that some stay open."""
        for id_ in reversed(self.model.pending):
            if self.dice.random() < 0.1:
                return id_
        return next(iter(self.model.pending))

    def draw(self):
        d = self.dice
        self.next_id += d.randrange(1, 1000)
        t = {"id": self.next_id, "debit": d.choice(self.ids), "credit": d.choice(self.ids),
             "amount": d.choice((0, 1, 10**9) + tuple(d.randrange(1, 5000) for _ in range(9))),
             "pending": 0, "timeout": 0, "flags": 0, "timestamp": 0}
        kind = d.random()
        if kind < 0.3:
            t["flags"] = PENDING
            if d.random() < 0.5:  # hours that are over, days that are not; never just now
                t["timeout"] = d.choice((1, 60, 3600, 200 * 86400))
            if d.random() < 0.02:
                t["flags"] |= d.choice((CLOSE_DEBIT, CLOSE_CREDIT, CLOSE_DEBIT | CLOSE_CREDIT))
        elif kind < 0.45 and self.model.pending:
            t["pending"] = self.some_pending()
            t["flags"] = d.choice((POST, VOID))
            held = self.model.pending[t["pending"]]["amount"]
            parts = (ALL, held, held, held // 2, held // 3, 0, held + 1)
            t["amount"] = d.choice(parts) if t["flags"] == POST else 0
        elif kind < 0.55:
            t["flags"] = d.choice((BAL_DEBIT, BAL_CREDIT, BAL_DEBIT | BAL_CREDIT))
        return t

    def chain(self, count):
        self.model.expire(self.clock)
        saved, clock, made = self.model.copy(), self.clock, []
        for place in range(count):
            t = self.draw()
            t["timestamp"] = self.clock = self.clock + 1
            t["flags"] |= LINKED if place + 1 < count else 0
            if not self.model.apply(t):
                self.model.rollback(saved)
                self.clock, self.refused = clock, self.refused + 1
                return
            made.append(t)
        self.rows += made

    def run(self):
        while len(self.rows) < self.lines and self.clock < self.end - 1000:
            self.tick()
            self.chain(self.dice.choice((1, 1, 1, 1, 2, 3, 12)))


def number(dice, value):
    return hex(value) if dice.random() < 0.2 else str(value)


def flag_text(dice, flags, names):
    if dice.random() < 0.5:
        return str(flags)
    return "|".join(name for bit, name in enumerate(names) if flags >> bit & 1) or "0"


def write_expected(directory, accounts):
    with open(os.path.join(directory, "expected.csv"), "w") as out:
        for a in accounts:
            print(a.id, a.dp, a.cp, a.dh, a.ch, sep=",", file=out)


def make_transfers(directory, dice, lines):
    maker = Maker(dice, lines)
    maker.run()
    closed_at_export = {a.id: a.closed for a in maker.model.accounts.values()}
    with open(os.path.join(directory, "accounts.csv"), "w") as out:
        print("id,ledger,code,flags", file=out)
        for a in maker.model.accounts.values():
            flags = a.flags | (CLOSED if closed_at_export[a.id] else 0)
            print(number(dice, a.id), 704, 10, flags, sep=",", file=out)
    with open(os.path.join(directory, "transfers.csv"), "w") as out:
        print("id,debit_account_id,credit_account_id,amount,pending_id,timeout,ledger,code,flags,"
              "timestamp", file=out)
        for t in maker.rows:
            print(number(dice, t["id"]), number(dice, t["debit"]), number(dice, t["credit"]),
                  number(dice, t["amount"]), number(dice, t["pending"]), t["timeout"], 704, 1,
                  flag_text(dice, t["flags"], NAMES), t["timestamp"], sep=",", file=out)
    maker.model.expire(time.time_ns())
    write_expected(directory, maker.model.accounts.values())
    count = lambda flag: sum(1 for t in maker.rows if t["flags"] & flag)
    print(json.dumps({"lines": len(maker.rows), "refused": maker.refused, "posts": count(POST),
                      "voids": count(VOID), "linked": count(LINKED), "pending": count(PENDING),
                      "closed": sum(closed_at_export.values()),
                      "expiring": sum(1 for t in maker.rows if t["timeout"])}))


def rfc3339(nanoseconds):
    seconds, rest = divmod(nanoseconds, SECOND)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%06dZ" % (rest // 1000)


def make_formance(directory, dice, lines):
    names = ["world"] + ["users:%03d:wallet" % i for i in range(80)] + ["fees", "bank-1"]
    accounts = {name: Account(name, 0) for name in names}
    clock = time.time_ns() - 86400 * SECOND
    transactions, logs = [], []

    def add(type_, data):
        logs.append({"type": type_, "data": data, "date": rfc3339(clock), "idempotencyKey": "",
                     "id": len(logs), "hash": ""})

    def move(postings):
        used = set()
        for p in postings:
            accounts[p["source"]].dp += p["amount"] if p["source"] != p["destination"] else 0
            accounts[p["destination"]].cp += p["amount"] if p["source"] != p["destination"] else 0
            used |= {p["source"], p["destination"]}
        transaction = {"postings": postings, "metadata": {"note": "đơn \"%d\"" % len(transactions)},
                       "timestamp": rfc3339(clock), "id": len(transactions), "reverted": False}
        transactions.append(transaction)
        return transaction

    while len(logs) < lines:
        clock += dice.randrange(1, 10**9)
        kind = dice.random()
        if kind < 0.1:
            add("SET_METADATA", {"targetType": "ACCOUNT", "targetId": dice.choice(names),
                                 "metadata": {"tier": "gold"}})
        elif kind < 0.12:
            add("DELETE_METADATA", {"targetType": "TRANSACTION", "targetId": 0, "key": "note"})
        elif kind < 0.2 and transactions:
            first = dice.choice(transactions)
            if first["reverted"]:
                continue
            first["reverted"] = True
            back = [dict(p, source=p["destination"], destination=p["source"])
                    for p in reversed(first["postings"])]
            add("REVERTED_TRANSACTION",
                {"revertedTransactionID": first["id"], "transaction": move(back)})
        else:
            postings = [{"source": dice.choice(names), "destination": dice.choice(names),
                         "amount": dice.choice((0, 1, dice.randrange(10**6), 10**11)),
                         "asset": dice.choice(("VND", "VND/0"))}
                        for _ in range(dice.choice((1, 1, 1, 2, 3, 32)))]
            add("NEW_TRANSACTION", {"transaction": move(postings), "accountMetadata": {}})
    with open(os.path.join(directory, "logs.ndjson"), "w") as out:
        for log in logs:
            print(json.dumps(log, ensure_ascii=dice.random() < 0.5), file=out)
    used = {p[side] for t in transactions for p in t["postings"] for side in
            ("source", "destination")}
    write_expected(directory, [accounts[name] for name in names if name in used])
    print(json.dumps({"lines": len(logs), "transactions": len(transactions)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("kind", choices=("transfers", "formance"))
    parser.add_argument("directory")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--lines", type=int, required=True)
    options = parser.parse_args()
    make = make_transfers if options.kind == "transfers" else make_formance
    make(options.directory, random.Random(options.seed), options.lines)


if __name__ == "__main__":
    main()
