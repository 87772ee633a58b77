#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

#include "base/world.h"

namespace qrpay::cli {

namespace {

constexpr std::int64_t kInterval = base::kSecond / 10;

}  // namespace

ProgressBar::ProgressBar() : shown_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (last_ != 0) std::fprintf(stderr, "\r%-30s\r", "");
}

void ProgressBar::show(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (!shown_) return;
  std::int64_t const now = base::system_clock().ticks().microseconds();
  if (now - last_ < kInterval && what == what_) return;
  last_ = now;
  what_ = what;
  // A percentage of what may be bytes of any number, without overflow.
  std::uint64_t const percent =
      total < 100 ? (total == 0 ? 100 : done * 100 / total) : done / (total / 100);
  std::fprintf(stderr, "\r%-20s %3llu %%", what_.c_str(),
               static_cast<unsigned long long>(percent > 100 ? 100 : percent));
}

}  // namespace qrpay::cli
