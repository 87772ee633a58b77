// The parts of bench_engine.
#pragma once

#include <string>

#include "tests/bench/engine_rig.h"

namespace qrpay::bench {

void bench_transfers(Choice const& choice);
void bench_credits(Choice const& choice);
void bench_projection(Choice const& choice);

/// One row: `batch` = commands a synced write of the floor stands for.
void print_load(std::string const& name, std::string const& unit, LoadResult& result,
                Floor const& floor, std::size_t batch);

}  // namespace qrpay::bench
