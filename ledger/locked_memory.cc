#include "ledger/locked_memory.h"

#include <sys/mman.h>

#include <atomic>
#include <cstddef>

#include "base/check.h"

namespace qrpay::ledger {

namespace {

std::atomic<bool>& all_locked() {
  static std::atomic<bool> locked{true};
  return locked;
}

/// Whole mappings from the kernel. The pool above it asks for large pieces and keeps them.
class LockedPages : public std::pmr::memory_resource {
  void* do_allocate(std::size_t bytes, std::size_t /*alignment: a page's is enough*/) override {
    void* const pages =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    QRPAY_CHECK(pages != MAP_FAILED);
    if (::mlock(pages, bytes) != 0) all_locked().store(false);
    static_cast<void>(::madvise(pages, bytes, MADV_DONTDUMP));
    return pages;
  }
  void do_deallocate(void* pages, std::size_t bytes, std::size_t /*alignment*/) override {
    static_cast<void>(::munmap(pages, bytes));
  }
  [[nodiscard]] bool do_is_equal(std::pmr::memory_resource const& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace

std::pmr::memory_resource& locked_memory() {
  // Never destroyed: keys may be let go of by the last thread of the process.
  static auto& pages = *new LockedPages;
  static auto& pool = *new std::pmr::synchronized_pool_resource(
      {.max_blocks_per_chunk = 64, .largest_required_pool_block = 8'192}, &pages);
  return pool;
}

bool memory_is_locked() { return all_locked().load(); }

}  // namespace qrpay::ledger
