// A copy of the directory that the version before made (tests/data/README.md), and what the verbs
// of `qrpay ledger` do with it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/files.h"
#include "engine/check.h"
#include "engine/restart.h"
#include "ledger/data_format.h"

namespace qrpay::engine::test {

class OldDirectory : public testing::Test {
 protected:
  OldDirectory() {
    std::string name = testing::TempDir() + "/qrpay-keep-XXXXXX";
    root_ = ::mkdtemp(name.data());
    paths_ = ledger::DataPaths::under(root_ + "/data");
    std::filesystem::copy(QRPAY_SOURCE_DIR "/tests/data/data_1", paths_.dir,
                          std::filesystem::copy_options::recursive);
  }
  ~OldDirectory() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  [[nodiscard]] std::string format() const {
    std::ifstream in(paths_.dir + "/FORMAT", std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  }
  using Change = base::Result<ledger::FormatChange>(ledger::DataPaths const&,
                                                    ledger::OpenedData const&, base::WallTime);
  [[nodiscard]] base::Result<ledger::FormatChange> change(Change& by) const {
    ledger::RocksOptions options;
    options.data_format_min = 1;
    QRPAY_TRY(auto const data, ledger::open_data(paths_, options));
    return by(paths_, data, base::WallTime(1'900'000'000'000'000));
  }
  /// Starts on it as a server does, and makes the projections reach its end.
  [[nodiscard]] base::Result<void> use() const {
    QRPAY_TRY(auto const data, ledger::open_data(paths_));
    ledger::Log log(*data.store, std::nullopt);
    QRPAY_TRY(Restarted restarted,
              restart({.projections = paths_.projections(), .log = log, .vault = data.vault}));
    if (restarted.state.index().open_records() == 0) return {};
    auto const run = restarted.state.cut_run();
    return project(*restarted.projections, log, *run);
  }
  [[nodiscard]] base::Result<CheckReport> check() const {
    QRPAY_TRY(auto const data, ledger::open_data(paths_));
    return check_projections({.projections = paths_.projections(),
                              .scratch = root_ + "/scratch",
                              .store = *data.store,
                              .vault = data.vault});
  }

  static constexpr std::uint64_t kRecords = 17;
  std::string root_;
  ledger::DataPaths paths_;
};

}  // namespace qrpay::engine::test
