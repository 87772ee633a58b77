#include "ledger/high_water.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "ledger/note.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kName = "high-water";

// nullopt for other files: a temporary one ends in no number.
std::optional<std::uint64_t> number_of(std::string_view name) {
  if (name == kName) return 1;
  if (!name.starts_with(kName) || name.size() < kName.size() + 2 || name[kName.size()] != '.')
    return std::nullopt;
  std::string_view const digits = name.substr(kName.size() + 1);
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  bool const whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && number > 1 && digits[0] != '0' ? std::optional(number) : std::nullopt;
}

Result<HighWater> read_one(std::string path, std::uint64_t incarnation) {
  HighWater file;
  file.incarnation = incarnation;
  QRPAY_TRY(file.note, base::read_file(path, kNoteBytesMax));
  auto const note = parse_note(file.note);
  auto checkpoint =
      note ? parse_checkpoint(note->text) : Result<Checkpoint>(base::Unexpected(note.error()));
  if (!checkpoint) return fail(checkpoint.error().errc, path + ": " + checkpoint.error().detail);
  file.checkpoint = std::move(*checkpoint);
  file.path = std::move(path);
  return file;
}

}  // namespace

std::string high_water_path(std::string const& keys, std::uint64_t incarnation) {
  std::string path = keys + "/" + std::string(kName);
  if (incarnation > 1) path += "." + std::to_string(incarnation);
  return path;
}

Result<std::vector<HighWater>> read_high_waters(std::string const& keys) {
  std::vector<HighWater> files;
  if (!base::file_exists(keys)) return files;
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(keys, error)) {
    auto const number = number_of(entry.path().filename().string());
    if (!number) continue;
    QRPAY_TRY(HighWater file, read_one(entry.path().string(), *number));
    files.push_back(std::move(file));
  }
  if (error) return fail(Errc::kIo, keys + ": " + error.message());
  std::sort(files.begin(), files.end(),
            [](auto const& a, auto const& b) { return a.incarnation < b.incarnation; });
  return files;
}

}  // namespace qrpay::ledger
