#include "tests/ledger/unsynced.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace qrpay::ledger::test {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string content_of(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

std::vector<std::filesystem::path> files_of(std::string const& directory) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::exists(directory)) return files;
  for (auto const& entry : std::filesystem::directory_iterator(directory))
    if (entry.is_regular_file()) files.push_back(entry.path());
  return files;
}

// Sectors from `begin` on that were never written although the file had grown over them.
void punch_holes(std::string& content, std::uint64_t begin, std::mt19937_64& random) {
  for (std::uint64_t at = begin; at < content.size();) {
    std::uint64_t const end =
        std::min<std::uint64_t>((at / kSectorBytes + 1) * kSectorBytes, content.size());
    if (random() % 3 == 0) content.replace(at, end - at, end - at, '\0');
    at = end;
  }
}

}  // namespace

UnsyncedDirectory::UnsyncedDirectory(std::string path) : path_(std::move(path)) { watch(); }

void UnsyncedDirectory::watch() {
  state_ = {};
  for (auto const& file : files_of(path_)) {
    auto inode = std::make_shared<Inode>();
    inode->size = inode->synced = std::filesystem::file_size(file);
    state_.names[file.filename().string()] = std::move(inode);
  }
  state_.durable = state_.names;
}

std::shared_ptr<Inode> UnsyncedDirectory::make(std::string const& name) {
  auto& inode = state_.names[name];
  if (inode == nullptr) {
    inode = std::make_shared<Inode>();
    state_.changes.push_back({"", name, inode});
  }
  inode->size = inode->synced = 0;
  return inode;
}

std::shared_ptr<Inode> UnsyncedDirectory::find(std::string const& name) {
  auto const found = state_.names.find(name);
  return found == state_.names.end() ? make(name) : found->second;
}

void UnsyncedDirectory::keep_content(std::string const& name) {
  auto const found = state_.names.find(name);
  if (found != state_.names.end()) found->second->content = content_of(path_of(name));
}

void UnsyncedDirectory::remove(std::string const& name) {
  auto const found = state_.names.find(name);
  if (found == state_.names.end()) return;
  state_.changes.push_back({name, "", found->second});
  state_.names.erase(found);
}

void UnsyncedDirectory::rename(std::string const& from, std::string const& to) {
  auto const inode = find(from);
  state_.changes.push_back({from, to, inode});
  state_.names.erase(from);
  state_.names[to] = inode;
}

void UnsyncedDirectory::sync() {
  state_.durable = state_.names;
  state_.changes.clear();
}

std::string UnsyncedDirectory::content_after(Inode const& inode, Loss loss,
                                             std::mt19937_64& random) {
  std::string content = inode.content.value_or("");
  std::uint64_t const synced = std::min<std::uint64_t>(inode.synced, content.size());
  std::uint64_t const kept = synced + random() % (content.size() - synced + 1);
  switch (loss) {
    case Loss::kDropAll: content.resize(synced); break;
    case Loss::kKeepAll: break;
    case Loss::kTear:
    case Loss::kTearLetter: content.resize(kept); break;
    case Loss::kHoles:
      if (random() % 2 == 0) content.resize(kept);
      punch_holes(content, synced, random);
      break;
  }
  return content;
}

UnsyncedDirectory::Inodes UnsyncedDirectory::names_after(State const& state, Loss loss,
                                                         std::mt19937_64& random) {
  if (loss == Loss::kDropAll) return state.durable;
  if (loss == Loss::kKeepAll) return state.names;
  Inodes names = state.durable;
  for (auto const& change : state.changes) {
    bool const is_durable =
        loss != Loss::kTearLetter && change.from.empty() && change.inode->is_named;
    if (random() % 2 == 0 && !is_durable) continue;
    auto const from = names.find(change.from);
    if (from != names.end() && from->second == change.inode) names.erase(from);
    if (!change.to.empty()) names[change.to] = change.inode;
  }
  return names;
}

void UnsyncedDirectory::settle(Loss loss, std::uint64_t seed) {
  if (!at_cut_) {
    for (auto const& [name, inode] : state_.names) inode->content = content_of(path_of(name));
    at_cut_ = std::move(state_);
  }
  std::mt19937_64 random(seed);
  Inodes const names = names_after(*at_cut_, loss, random);
  for (auto const& file : files_of(path_)) std::filesystem::remove(file);
  for (auto const& [name, inode] : names)
    std::ofstream(path_of(name), std::ios::binary | std::ios::trunc)
        << content_after(*inode, loss, random);
  watch();
}

}  // namespace qrpay::ledger::test
