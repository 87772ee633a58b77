#include "tests/ledger/crash_disk.h"

#include <algorithm>

namespace qrpay::ledger::test {

using base::Errc;
using base::fail;
using base::Result;

namespace {

std::string directory_of(std::string const& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

CrashDisk::Fate CrashDisk::next() {
  if (crashed()) return Fate::kFails;
  ++changes_;
  if (changes_ == fail_at_) return Fate::kFails;
  return crashed() ? Fate::kTorn : Fate::kDone;
}

void CrashDisk::apply(Change const& change, std::map<std::string, std::string>& files) {
  if (!change.removed.empty()) files.erase(change.removed);
  if (!change.put.empty()) files[change.put] = change.content;
}

void CrashDisk::change(Change change) {
  apply(change, now_);
  unsynced_.push_back(std::move(change));
}

void CrashDisk::reboot() {
  for (auto const& change : unsynced_)
    if (random_() % 2 == 0) apply(change, durable_);
  unsynced_.clear();
  now_ = durable_;
  crash_at_ = fail_at_ = 0;
}

Result<std::string> CrashDisk::read(std::string const& path) {
  auto const found = now_.find(path);
  if (found == now_.end()) return fail(Errc::kNotFound, path);
  return found->second;
}

// The name of a new file may be lost until its directory is synced, its content is not.
Result<void> CrashDisk::write(std::string const& path, std::string_view content) {
  Fate const fate = next();
  if (fate == Fate::kFails) return fail(Errc::kIo, path);
  if (fate == Fate::kTorn) content = content.substr(0, random_() % (content.size() + 1));
  bool const known = durable_.contains(path);
  if (known) durable_[path] = content;
  change({directory_of(path), "", path, std::string(content)});
  if (fate == Fate::kTorn) return fail(Errc::kIo, path);
  return {};
}

Result<void> CrashDisk::wipe(std::string const& path) {
  Fate const fate = next();
  if (fate == Fate::kFails || !now_.contains(path)) return fail(Errc::kIo, path);
  std::string& content = now_[path];
  std::size_t const zeros = fate == Fate::kTorn ? random_() % (content.size() + 1) : content.size();
  std::fill_n(content.begin(), zeros, '\0');
  if (durable_.contains(path)) durable_[path] = content;
  for (auto& change : unsynced_)
    if (change.put == path) change.content = content;
  if (fate == Fate::kTorn) return fail(Errc::kIo, path);
  return {};
}

Result<void> CrashDisk::rename(std::string const& from, std::string const& to) {
  Fate const fate = next();
  if (fate == Fate::kFails || !now_.contains(from)) return fail(Errc::kIo, from);
  change({directory_of(to), from, to, now_[from]});
  if (fate == Fate::kTorn) return fail(Errc::kIo, from);
  return {};
}

Result<void> CrashDisk::remove(std::string const& path) {
  if (!now_.contains(path)) return {};
  Fate const fate = next();
  if (fate == Fate::kFails) return fail(Errc::kIo, path);
  change({directory_of(path), path, "", ""});
  if (fate == Fate::kTorn) return fail(Errc::kIo, path);
  return {};
}

Result<void> CrashDisk::sync_directory(std::string const& directory) {
  Fate const fate = next();
  if (fate != Fate::kDone) return fail(Errc::kIo, directory);
  for (auto const& change : unsynced_)
    if (change.directory == directory) apply(change, durable_);
  std::erase_if(unsynced_, [&](Change const& one) { return one.directory == directory; });
  return {};
}

std::vector<std::string> CrashDisk::list(std::string const& directory) {
  std::vector<std::string> names;
  for (auto const& [path, content] : now_)
    if (directory_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
  return names;
}

Result<void> CrashDisk::make_directory(std::string const& directory) {
  return crashed() ? fail(Errc::kIo, directory) : Result<void>();
}

}  // namespace qrpay::ledger::test
