#include "base/world.h"

#include <openssl/rand.h>
#include <sys/timex.h>

#include <chrono>

#include "base/check.h"

namespace qrpay::base {

namespace {

class SystemClock final : public Clock {
 public:
  WallTime wall() override {
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return WallTime(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  }
  Ticks ticks() override {
    auto const now = std::chrono::steady_clock::now().time_since_epoch();
    return Ticks(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  }
};

class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    QRPAY_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
  }
};

}  // namespace

bool is_clock_synchronised() {
  struct timex info {};
  int const state = adjtimex(&info);
  return state >= 0 && state != TIME_ERROR && (info.status & STA_UNSYNC) == 0;
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

Entropy& system_entropy() {
  static SystemEntropy entropy;
  return entropy;
}

}  // namespace qrpay::base
