// What the tests of the ledger share: scratch directories, a seeded world, records, a log on disk.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/files.h"
#include "base/world.h"
#include "ledger/data_dir.h"
#include "ledger/fields.h"
#include "ledger/log.h"
#include "ledger/signer.h"
#include "ledger/tlv.h"

namespace qrpay::ledger::test {

/// Removed with all it holds at the end.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = testing::TempDir() + "/qrpay-ledger-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(ScratchDirectory const&) = delete;
  ScratchDirectory& operator=(ScratchDirectory const&) = delete;
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

class SeededEntropy final : public base::Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : random_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
  }

 private:
  std::mt19937_64 random_;
};

/// 0 to `limit` - 1; the same on every platform.
inline std::uint64_t below(std::mt19937_64& random, std::uint64_t limit) {
  return random() % limit;
}

inline std::string random_text(std::mt19937_64& random, std::size_t bytes) {
  std::string text(bytes, '\0');
  for (auto& c : text) c = static_cast<char>(random());
  return text;
}

inline std::string slurp(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

inline void spill(std::string const& path, std::string const& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// Relative path -> content, of every file below `root`.
inline std::map<std::string, std::string> image_of(std::string const& root) {
  std::map<std::string, std::string> files;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(root)) {
    // Of an open journal: RocksDB may delete a file that was listed a moment ago.
    std::error_code gone;
    if (!entry.is_regular_file(gone) || !std::filesystem::exists(entry.path(), gone)) continue;
    files[entry.path().lexically_relative(root).string()] = slurp(entry.path().string());
  }
  return files;
}

inline void write_image(std::map<std::string, std::string> const& files, std::string const& root) {
  std::filesystem::remove_all(root);
  for (auto const& [name, content] : files) {
    auto const path = std::filesystem::path(root) / name;
    std::filesystem::create_directories(path.parent_path());
    spill(path.string(), content);
  }
}

/// Relative path -> "bytes sha256" of files, "directory" of folders: equal before and after means
/// left untouched.
inline std::map<std::string, std::string> listing_of(std::string const& root) {
  std::map<std::string, std::string> listing;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(root)) {
    std::string line = "directory";
    if (entry.is_regular_file()) {
      std::string const content = slurp(entry.path().string());
      line = std::to_string(content.size()) + " " +
             base::to_hex(base::sha256(base::as_bytes(content)));
    }
    listing[std::filesystem::relative(entry.path(), root).string()] = line;
  }
  return listing;
}

inline constexpr char kTestOrigin[] = "log.test/0/1";

inline Record genesis_record(base::Secret const& log_seed,
                             std::string const& origin = kTestOrigin) {
  Record record;
  record.kind = Kind::kGenesis;
  record.outcome = 1;
  record.sequence = Sequence(1);
  record.log_time = WallTime(1'700'000'000'000'000);
  TlvWriter body(record.body);
  body.text(field::kOrigin, origin);
  body.text(field::kLogVkey, format_vkey(NoteSigner::make(origin, log_seed)->verifier_key()));
  return record;
}

/// A balanced transfer between two of `accounts` general accounts.
inline Record transfer_record(std::uint64_t sequence, std::mt19937_64& random,
                              std::uint64_t accounts = 7) {
  Record record;
  record.kind = Kind::kTransfer;
  record.outcome = 1;
  record.sequence = Sequence(sequence);
  record.log_time = WallTime(1'700'000'000'000'000 + static_cast<std::int64_t>(sequence) * 1000);
  record.amount = Vnd(1 + static_cast<std::int64_t>(below(random, 1'000'000)));
  record.actor = Sequence(1);
  record.tag_generation = 1;
  Bytes16 id{};
  for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
  record.id_tag = IdTag(id);
  std::uint64_t const from = 1 + below(random, accounts);
  std::uint64_t const to = from % accounts + 1;
  record.postings.push_back({account_id(AccountClass::kGeneral, Sequence(from)), record.amount});
  record.postings.push_back(
      {account_id(AccountClass::kGeneral, Sequence(to)), Vnd(-record.amount.dong())});
  return record;
}

inline Log::Sealed seal_record(Record record, Sections const& sections, VaultCursor& cursor) {
  auto const sealed = cursor.seal(record.sequence, sections);
  record.commitment = sealed.commitment;
  Log::Sealed out;
  encode_record(record, out.leaf);
  encode_side(sealed.side, out.side);
  return out;
}

/// QRPAY_LONG=1, as `./dev test --long` sets it: everything, not a sample.
inline bool is_long_run() {
  char const* const text = std::getenv("QRPAY_LONG");
  return text != nullptr && std::string(text) == "1";
}

/// RFC 6962 2.1 as it is written there, to hold MerkleTree against. Requires: not empty.
inline Digest naive_root(std::span<Digest const> leaf_hashes) {
  if (leaf_hashes.size() == 1) return leaf_hashes[0];
  std::size_t half = 1;
  while (half * 2 < leaf_hashes.size()) half *= 2;
  Digest const left = naive_root(leaf_hashes.first(half));
  Digest const right = naive_root(leaf_hashes.subspan(half));
  std::string message = "\x01";
  message.append(base::as_text(left)).append(base::as_text(right));
  return base::sha256(base::as_bytes(message));
}

/// A ledger on disk, opened for writing, that remembers what was acknowledged.
class DiskLedger {
 public:
  explicit DiskLedger(DataPaths paths) : paths_(std::move(paths)) {}

  [[nodiscard]] base::Result<void> create(std::uint64_t seed, RocksOptions const& options = {}) {
    SeededEntropy entropy(seed);
    {
      QRPAY_TRY(OpenedData data, create_data(paths_, entropy));
    }
    QRPAY_TRY_VOID(open(options));
    return append({seal_record(genesis_record(data_.secrets.log), {}, *cursor_)});
  }

  [[nodiscard]] base::Result<void> open(RocksOptions const& options = {}) {
    QRPAY_TRY(data_, open_data(paths_, options));
    QRPAY_TRY(DurableMark mark, DurableMark::open(paths_.durable_mark()));
    log_ = std::make_unique<Log>(*data_.store, std::move(mark));
    leaves_.clear();
    QRPAY_TRY_VOID(log_->replay([this](StoredRecord const& stored) -> base::Result<void> {
      leaves_.push_back(stored.leaf);
      return {};
    }));
    QRPAY_TRY(NoteSigner signer, NoteSigner::make(kTestOrigin, data_.secrets.log));
    QRPAY_TRY(signer_, CheckpointSigner::open(*log_, std::move(signer), paths_.high_water()));
    cursor_ = std::make_unique<VaultCursor>(data_.vault);
    return {};
  }

  [[nodiscard]] base::Result<void> append(std::vector<Log::Sealed> const& batch) {
    QRPAY_TRY_VOID(log_->append(batch));
    for (auto const& sealed : batch) leaves_.push_back(sealed.leaf);
    return {};
  }

  /// One batch of `records` transfers, each with a section of up to `section_bytes_max` bytes.
  [[nodiscard]] base::Result<void> append_transfers(std::mt19937_64& random, std::size_t records,
                                                    std::size_t section_bytes_max = 0) {
    std::vector<Log::Sealed> batch;
    for (std::size_t i = 0; i < records; ++i) {
      Sections sections;
      if (section_bytes_max > 0)
        sections.push_back({0, random_text(random, below(random, section_bytes_max))});
      batch.push_back(
          seal_record(transfer_record(log_->size() + i + 1, random), sections, *cursor_));
    }
    return append(batch);
  }

  void close() {
    signer_.reset();
    log_.reset();
    cursor_.reset();
    data_ = {};
  }

  [[nodiscard]] Log& log() { return *log_; }
  [[nodiscard]] CheckpointSigner& signer() { return *signer_; }
  [[nodiscard]] VaultCursor& cursor() { return *cursor_; }
  [[nodiscard]] OpenedData& data() { return data_; }
  [[nodiscard]] DataPaths const& paths() const { return paths_; }
  [[nodiscard]] std::vector<std::string> const& leaves() const { return leaves_; }

 private:
  DataPaths paths_;
  OpenedData data_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<VaultCursor> cursor_;
  std::unique_ptr<CheckpointSigner> signer_;
  std::vector<std::string> leaves_;
};

/// The journal and its directory in `root`/data; vault and keys beside it.
inline DataPaths paths_in(std::string const& root) {
  return {root + "/data", root + "/vault", root + "/keys"};
}

}  // namespace qrpay::ledger::test
