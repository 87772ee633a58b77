#include "ledger/vault.h"

#include <algorithm>

#include "base/bytes.h"
#include "ledger/locked_memory.h"

namespace qrpay::ledger {

using base::Bytes32;
using base::Errc;
using base::fail;
using base::Result;
using base::Secret;

namespace {

constexpr std::string_view kNewTop = "vault.new";
constexpr std::string_view kNote = "pending";
constexpr std::string_view kKey = "epoch.key";
constexpr std::string_view kNewKey = "epoch.key.new";

/// 0 for a note that does not read: every Erase record is looked at.
Sequence read_note(std::string_view text) {
  base::ByteReader in(base::as_bytes(text));
  Sequence const durable(in.u64());
  return in.ok() && in.at_end() ? durable : Sequence(0);
}

Result<Secret> parse_key(std::string_view path, std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  auto const bytes = base::from_hex(text);
  if (!bytes || bytes->size() != 32)
    return fail(Errc::kMalformed, std::string(path) + ": expected 64 hexadecimal digits");
  Bytes32 key;
  std::copy(bytes->begin(), bytes->end(), key.begin());
  return Secret(key);
}

bool is_block_name(std::string_view name) { return name.starts_with("block."); }

// Files of blocks that `head` does not name are left of other epochs.
Result<void> remove_stale(VaultFiles& files, std::string const& directory,
                          std::vector<VaultBlockFile> const& named) {
  for (auto const& name : files.list(directory)) {
    bool const stale = name == kNewTop ||
                       (is_block_name(name) &&
                        std::none_of(named.begin(), named.end(), [&](VaultBlockFile const& one) {
                          return one.name() == name;
                        }));
    if (stale) QRPAY_TRY_VOID(files.remove(directory + "/" + name));
  }
  return {};
}

}  // namespace

Vault::Vault(VaultPaths paths, VaultWorld const& world)
    : paths_(std::move(paths)),
      files_(world.files),
      entropy_(world.entropy != nullptr ? *world.entropy : base::system_entropy()) {}

std::string Vault::path(std::string_view name) const {
  return paths_.directory + "/" + std::string(name);
}

Secret Vault::draw() {
  Bytes32 bytes;
  entropy_.fill(bytes);
  return Secret(bytes);
}

std::shared_ptr<VaultSnapshot const> Vault::snapshot() const {
  std::lock_guard const lock(snapshot_mutex_);
  return snapshot_;
}

void Vault::publish(VaultSnapshot&& next) {
  std::pmr::polymorphic_allocator<VaultSnapshot> const memory(&locked_memory());
  auto made = std::allocate_shared<VaultSnapshot const>(memory, std::move(next));
  std::lock_guard const lock(snapshot_mutex_);
  snapshot_ = std::move(made);
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<Vault> Vault::in_memory(Secret const& seed) {
  std::shared_ptr<Vault> vault(new Vault({}, {}));
  VaultSnapshot first;
  first.segments.push_back({Sequence(0), vault_check_value(seed), {true, seed, nullptr}});
  vault->publish(std::move(first));
  return vault;
}

Result<std::shared_ptr<Vault>> Vault::create(VaultPaths const& paths, VaultWorld const& given) {
  VaultWorld world = given;
  if (world.files == nullptr) world.files = &host_files();
  std::shared_ptr<Vault> vault(new Vault(paths, world));
  for (auto const& path : {vault->path(kVaultTopName), paths.keys + "/" + std::string(kKey)})
    if (vault->files_->read(path)) return fail(Errc::kAlreadyExists, path);
  Secret const seed = vault->draw();
  VaultSnapshot first;
  first.segments.push_back({Sequence(0), vault_check_value(seed), {true, seed, nullptr}});
  QRPAY_TRY_VOID(vault->commit(std::move(first)));
  return vault;
}

Result<std::shared_ptr<Vault>> Vault::open(VaultPaths const& paths, VaultWorld const& given) {
  VaultWorld world = given;
  if (world.files == nullptr) world.files = &host_files();
  std::shared_ptr<Vault> vault(new Vault(paths, world));
  QRPAY_TRY_VOID(vault->load());
  return vault;
}

Result<VaultSnapshot> Vault::open_files(Secret const& key) const {
  QRPAY_TRY(std::string const top, files_->read(path(kVaultTopName)));
  QRPAY_TRY(OpenedTop opened, open_vault_top(top, key));
  for (auto& block : opened.snapshot.files) {
    auto const file = files_->read(path(block.name()));
    if (!file) return fail(Errc::kWrongVault, path(block.name()) + ": missing");
    QRPAY_TRY_VOID(open_vault_block(*file, block));
  }
  if (!decode_trees(opened)) return fail(Errc::kWrongVault, path(kVaultTopName) + ": damaged");
  return std::move(opened.snapshot);
}

// A change that was cut short leaves two epoch keys, of which one opens the vault.
Result<void> Vault::load() {
  if (auto const top = files_->read(path(kVaultTopName)); !top)
    return fail(Errc::kVaultMissing, path(kVaultTopName));
  base::Error why{Errc::kWrongVault, path(kVaultTopName) + ": the epoch key does not open it"};
  for (auto const name : {kKey, kNewKey}) {
    std::string const key_path = paths_.keys + "/" + std::string(name);
    auto const text = files_->read(key_path);
    if (!text) {
      if (name == kKey) why = {Errc::kIo, key_path + ": cannot be read"};
      continue;
    }
    auto const key = parse_key(key_path, *text);
    auto opened = key ? open_files(*key) : Result<VaultSnapshot>(base::Unexpected(key.error()));
    if (!opened) {
      if (name == kKey) why = opened.error();
      continue;
    }
    by_new_key_ = name == kNewKey;
    unfinished_ = by_new_key_ ||
                  files_->read(paths_.keys + "/" + std::string(kNewKey)).has_value() ||
                  !paths_.copies.empty();
    uncertain_ = false;
    publish(std::move(*opened));
    return {};
  }
  return base::Unexpected(why);
}

Result<void> Vault::finish() {
  std::lock_guard const lock(change_mutex_);
  return files_ == nullptr ? Result<void>() : begin_change();
}

Result<void> Vault::begin_change() {
  if (uncertain_) QRPAY_TRY_VOID(load());
  return unfinished_ ? finish_change() : Result<void>();
}

Result<void> Vault::erase(std::span<Erasure const> erasures) {
  std::lock_guard const lock(change_mutex_);
  if (files_ != nullptr) QRPAY_TRY_VOID(begin_change());
  VaultSnapshot next = snapshot()->copy();
  Sequence const before = next.erased_through;
  base::AesCtrStream stream;
  for (auto const& erasure : erasures) {
    if (erasure.record <= before) continue;
    // A leaf below a later segment's first is never asked of that segment.
    for (auto& segment : next.segments) {
      auto const begin = std::partition_point(
          erasure.targets.begin(), erasure.targets.end(),
          [&](EraseTarget const& one) { return one.last() < segment.from.value(); });
      segment.root = puncture(segment.root, {begin, erasure.targets.end()}, stream);
    }
    next.erased_through = std::max(next.erased_through, erasure.record);
  }
  if (next.erased_through == before) return {};
  return commit(std::move(next));
}

bool Vault::has_segment(Sequence from, Bytes16 const& check) const {
  auto const now = snapshot();
  return std::any_of(now->segments.begin(), now->segments.end(), [&](VaultSegment const& segment) {
    return segment.from == from && segment.check == check;
  });
}

Result<Bytes16> Vault::begin_segment(Sequence from) {
  QRPAY_CHECK(from > Sequence(1));
  std::lock_guard const lock(change_mutex_);
  if (files_ != nullptr) QRPAY_TRY_VOID(begin_change());
  VaultSnapshot next = snapshot()->copy();
  // No record that is left lies in a segment that begins there or later.
  while (next.segments.size() > 1 && next.segments.back().from >= from) next.segments.pop_back();
  Secret const seed = draw();
  Bytes16 const check = vault_check_value(seed);
  next.segments.push_back({from, check, {true, seed, nullptr}});
  // Erase records that were lost with what was cut off took effect, and others get their numbers.
  next.erased_through = std::min(next.erased_through, Sequence(from.value() - 1));
  QRPAY_TRY_VOID(commit(std::move(next)));
  return check;
}

// --- files -------------------------------------------------------------------------------------

// The new key is there before anything is sealed under it; the top file's renaming is the moment
// of the change; the old key is destroyed last. A crash leaves the vault before or after.
Result<void> Vault::commit(VaultSnapshot&& next) {
  next.epoch += 1;
  if (files_ == nullptr) {
    publish(std::move(next));
    return {};
  }
  uncertain_ = true;
  Secret const key = draw();
  std::string const new_key = paths_.keys + "/" + std::string(kNewKey);
  QRPAY_TRY_VOID(files_->write(new_key, base::to_hex(key.reveal()) + "\n"));
  QRPAY_TRY_VOID(files_->sync_directory(paths_.keys));
  QRPAY_TRY_VOID(write_snapshot(next, key));
  publish(std::move(next));
  by_new_key_ = true;
  unfinished_ = true;
  QRPAY_TRY_VOID(finish_change());
  uncertain_ = false;
  return {};
}

Result<void> Vault::write_snapshot(VaultSnapshot& next, Secret const& key) {
  std::vector<VaultBlockFile> const before = std::move(next.files);
  next.files.clear();
  std::array<std::uint8_t, base::kGcmNonceBytes> nonce;
  for (std::size_t i = 0; i < next.segments.size(); ++i) {
    auto const segment = static_cast<std::uint16_t>(i);
    for (auto const& block : blocks_of(next.segments[i].root)) {
      auto const same = std::find_if(before.begin(), before.end(), [&](VaultBlockFile const& one) {
        return one.segment == segment && one.block.node == block.node;
      });
      if (same != before.end()) {
        next.files.push_back(*same);
        continue;
      }
      VaultBlockFile file{segment, block, next.epoch, {}, draw()};
      entropy_.fill(nonce);
      std::string const bytes = encode_vault_block(file, nonce);
      file.hash = base::sha256(base::as_bytes(bytes));
      QRPAY_TRY_VOID(files_->write(path(file.name()), bytes));
      next.files.push_back(std::move(file));
    }
  }
  entropy_.fill(nonce);
  QRPAY_TRY_VOID(files_->write(path(kNewTop), encode_vault_top(next, {key, nonce})));
  QRPAY_TRY_VOID(files_->sync_directory(paths_.directory));
  QRPAY_TRY_VOID(files_->rename(path(kNewTop), path(kVaultTopName)));
  return files_->sync_directory(paths_.directory);
}

Result<void> Vault::finish_change() {
  std::string const old_key = paths_.keys + "/" + std::string(kKey);
  std::string const new_key = paths_.keys + "/" + std::string(kNewKey);
  // Before the old key goes, the files of the new one are there to stay.
  QRPAY_TRY_VOID(files_->sync_directory(paths_.directory));
  QRPAY_TRY_VOID(remove_stale(*files_, paths_.directory, snapshot()->files));
  // While the old key is there, a copy that is behind can still be opened with it.
  update_copies();
  if (by_new_key_) {
    // In its place first: a renamed-over file keeps its bytes on the disk.
    if (files_->read(old_key)) QRPAY_TRY_VOID(files_->wipe(old_key));
    QRPAY_TRY_VOID(files_->rename(new_key, old_key));
  } else {
    QRPAY_TRY_VOID(files_->remove(new_key));
  }
  QRPAY_TRY_VOID(files_->sync_directory(paths_.keys));
  QRPAY_TRY_VOID(files_->sync_directory(paths_.directory));
  by_new_key_ = false;
  unfinished_ = false;
  return {};
}

void Vault::update_copies() {
  std::vector<std::string> behind;
  for (auto const& copy : paths_.copies) {
    auto const head = copy_vault(paths_.directory, copy, *files_);
    if (!head || head->epoch != snapshot()->epoch) behind.push_back(copy);
  }
  std::lock_guard const lock(behind_mutex_);
  behind_ = std::move(behind);
}

bool Vault::sync_copies() {
  std::lock_guard const lock(change_mutex_);
  if (files_ != nullptr && !uncertain_) update_copies();
  return copies_behind().empty();
}

std::vector<std::string> Vault::copies_behind() const {
  std::lock_guard const lock(behind_mutex_);
  return behind_;
}

// --- the note ------------------------------------------------------------------------------------

Result<void> Vault::announce(Sequence durable) const {
  std::lock_guard const lock(note_mutex_);
  if (files_ != nullptr && announced_ == 0 && !files_->read(path(kNote))) {
    std::string note;
    base::ByteWriter(note).u64(durable.value());
    QRPAY_TRY_VOID(files_->write(path(kNote), note));
    QRPAY_TRY_VOID(files_->sync_directory(paths_.directory));
  }
  ++announced_;
  return {};
}

void Vault::settle() const {
  std::lock_guard const lock(note_mutex_);
  if (announced_ == 0 || --announced_ > 0 || files_ == nullptr) return;
  // Left behind it costs the next start a look.
  static_cast<void>(files_->remove(path(kNote)).has_value());
}

std::optional<Sequence> Vault::announced() const {
  if (files_ == nullptr) return std::nullopt;
  std::lock_guard const lock(note_mutex_);
  auto const note = files_->read(path(kNote));
  if (!note) return std::nullopt;
  return read_note(*note);
}

Result<void> Vault::clear_announced() const {
  if (files_ == nullptr) return {};
  std::lock_guard const lock(note_mutex_);
  return files_->remove(path(kNote));
}

// --- copies ------------------------------------------------------------------------------------

Result<VaultHead> copy_vault(std::string const& from, std::string const& to, VaultFiles& files) {
  auto const top = files.read(from + "/" + std::string(kVaultTopName));
  if (!top) return fail(Errc::kVaultMissing, from);
  QRPAY_TRY(VaultHead head, read_vault_head(*top));
  std::string const target = to + "/" + std::string(kVaultTopName);
  QRPAY_TRY_VOID(files.make_directory(to));
  for (auto const& block : head.files) {
    std::string const name = "/" + block.name();
    auto const has = files.read(to + name);
    if (has && base::sha256(base::as_bytes(*has)) == block.hash) continue;
    QRPAY_TRY(std::string const bytes, files.read(from + name));
    if (base::sha256(base::as_bytes(bytes)) != block.hash)
      return fail(Errc::kWrongVault, from + name + ": damaged");
    QRPAY_TRY_VOID(files.write(to + name, bytes));
  }
  if (auto const there = files.read(target); !there || *there != *top) {
    QRPAY_TRY_VOID(files.write(to + "/" + std::string(kNewTop), *top));
    QRPAY_TRY_VOID(files.sync_directory(to));
    QRPAY_TRY_VOID(files.rename(to + "/" + std::string(kNewTop), target));
  }
  QRPAY_TRY_VOID(files.sync_directory(to));
  QRPAY_TRY_VOID(remove_stale(files, to, head.files));
  return head;
}

}  // namespace qrpay::ledger
