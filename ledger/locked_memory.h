// Memory for keys: locked, so that it is never written to swap, and left out of core files.
#pragma once

#include <memory_resource>

namespace qrpay::ledger {

/// A pool for the process; never freed. Threads: any. What lies in it is for its owner to zero.
[[nodiscard]] std::pmr::memory_resource& locked_memory();
/// False once the kernel refused to lock a part (RLIMIT_MEMLOCK): that part may reach the swap.
[[nodiscard]] bool memory_is_locked();

}  // namespace qrpay::ledger
