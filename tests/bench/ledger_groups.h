// The parts of bench_ledger. Each runs in a process of its own, so that one's memory is not
// another's.
#pragma once

#include <string>

#include "tests/bench/engine_rig.h"

namespace qrpay::bench {

void bench_parts(Choice const& choice);
void bench_transfers(Choice const& choice);
void bench_province(Choice const& choice);
void bench_credits(Choice const& choice);
void bench_memory(Choice const& choice);
/// 10M records, and everything on top of them.
void bench_grown(Choice const& choice);
/// A kill in a burst over 10M records, 2.1M accounts and 100k open orders.
void bench_restart(Choice const& choice);
/// The process that is killed.
[[noreturn]] void load_until_killed(std::string const& dir);
void bench_postgres(Choice const& choice);

/// One row: `batch` = commands a synced write of the floor stands for.
void print_load(std::string const& name, std::string const& unit, LoadResult& result,
                Floor const& floor, std::size_t batch);

/// One line: what each stage took of a batch between two readings, and that they add up.
void print_stages(std::string const& name, engine::StageReport const& before,
                  engine::StageReport const& after);

}  // namespace qrpay::bench
