// Building into the caller's buffer takes no memory. Counts every allocation of this program.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "qr/build.h"

namespace {
std::size_t allocations = 0;
}  // namespace

// Not inlined: g++ would see free() of what it thinks comes from another new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace qrpay::qr {
namespace {

TEST(BuildAllocation, IntoACallersBufferThereIsNone) {
  PayloadSpec spec;
  spec.bank_bin = "970436";
  spec.account = "1903000012345";
  spec.merchant_name = "PHO BAT DAN";
  spec.merchant_city = "HA NOI";
  spec.mcc = "5812";
  spec.additional.purpose = "QNH7K2M9P4X";
  spec.additional.reference_label = "R1";
  spec.language = {"vi", "Ph\u1edf B\u00e1t \u0110\u00e0n", "H\u00e0 N\u1ed9i"};
  spec.tip = Tip{Tip::Kind::kPercent, base::Vnd(0), 150};
  std::string out;
  out.reserve(512);
  std::size_t const before = allocations;
  bool all_built = true;
  for (std::int64_t dong = 1; dong <= 1'000; ++dong) {
    spec.amount = base::Vnd(dong);
    all_built = build_payload_into(spec, out).has_value() && all_built;
  }
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(all_built);
  EXPECT_EQ(out, *build_payload(spec));
  EXPECT_GT(allocations, before) << "the counter counts";
}

}  // namespace
}  // namespace qrpay::qr
