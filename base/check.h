// An invariant that holds unless the program itself is wrong.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace qrpay::base {

[[noreturn]] inline void check_failed(char const* condition, char const* file, int line) {
  std::fprintf(stderr, "QRPAY_CHECK failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace qrpay::base

/// Aborts when `condition` is false, in every build. For bugs only: bad input is a Result.
#define QRPAY_CHECK(condition)                                        \
  ((condition) ? static_cast<void>(0)                                 \
               : ::qrpay::base::check_failed(#condition, __FILE__, __LINE__))
