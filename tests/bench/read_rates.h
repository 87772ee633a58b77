// How many damaged pictures are read, beside the library alone and its newest release.
#pragma once

namespace qrpay::bench {

/// Prints a line for each damage of tests/qr/scan/damage.h: how many of its pictures qrpay reads,
/// the ZXing that this was built with (all its options on), and the newest zxing-cpp of PyPI, which
/// is installed beside the program where Python and PyPI can be had. Then the totals and the times.
/// Ends the program when qrpay reads a wrong text, fewer of any damage than the library alone, or
/// fewer in total than the newest release.
void bench_read_rates();

}  // namespace qrpay::bench
