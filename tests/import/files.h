// A pass over texts instead of a user's files.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "import/sources.h"

namespace qrpay::import::test {

inline constexpr std::int64_t kNow = 1'795'000'000 * base::kSecond;

/// What a pass gave.
struct Passed {
  std::string error;  ///< "" = none; without the folder of the file
  Books books;
  std::vector<Step> steps;
};

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "qrpay-XXXXXX").string();
    QRPAY_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(Folder const&) = delete;
  Folder& operator=(Folder const&) = delete;

  std::string write(std::string const& name, std::string const& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
    return path_ + "/" + name;
  }
  [[nodiscard]] Passed pass(Source const& source) const {
    Passed passed;
    Pass one{.books = passed.books,
             .take = [&passed](Step&& step) -> base::Result<void> {
               passed.steps.push_back(std::move(step));
               return {};
             },
             .now = base::WallTime(kNow)};
    auto const result = source.pass(one);
    if (result) return passed;
    passed.error = to_string(result.error());
    if (auto const at = passed.error.find(path_); at != std::string::npos)
      passed.error.erase(at, path_.size() + 1);
    return passed;
  }

 private:
  std::string path_;
};

}  // namespace qrpay::import::test
