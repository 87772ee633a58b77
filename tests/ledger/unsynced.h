// What of a directory is synced and what is not, and what is left of it when the power goes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace qrpay::ledger::test {

/// What becomes of bytes and directory entries that were not synced when the power went. Each file
/// and each change of the directory goes its own way, whatever the order they were made in.
enum class Loss {
  kDropAll,
  kKeepAll,
  kTear,        ///< files keep a prefix; changes of the directory are kept or lost
  kHoles,       ///< as kTear or at full length, and unsynced sectors of 512 bytes may read as zeros
  kTearLetter,  ///< as kTear, on a file system that keeps to the letter of POSIX: the sync of a new
                ///< file does not keep its name. On ext4, XFS and btrfs it does.
};

struct Inode {
  std::uint64_t size = 0;
  std::uint64_t synced = 0;            ///< files only grow, so what is synced is a prefix
  bool is_named = false;               ///< it was synced under the name it was made with
  std::optional<std::string> content;  ///< once no name leads to it, or the power is gone
};

/// Follows what is done to the real files of one directory. What is there when it is made counts as
/// durable. Not thread-safe.
class UnsyncedDirectory {
 public:
  explicit UnsyncedDirectory(std::string path);

  /// A file made, or made empty again, under `name`.
  std::shared_ptr<Inode> make(std::string const& name);
  /// The file called `name`, which is made if it is not known.
  std::shared_ptr<Inode> find(std::string const& name);
  /// To be called before `name` is removed or replaced: the power may bring it back.
  void keep_content(std::string const& name);
  void remove(std::string const& name);
  void rename(std::string const& from, std::string const& to);
  void sync();

  /// The power went: puts the real directory as `loss` leaves it, and counts that as durable.
  /// Called again before go_on(), it begins once more with the moment of the cut.
  void settle(Loss loss, std::uint64_t seed);
  void go_on() { at_cut_.reset(); }

 private:
  using Inodes = std::map<std::string, std::shared_ptr<Inode>>;
  /// Not synced. An empty `from` makes a file, an empty `to` removes one.
  struct Change {
    std::string from;
    std::string to;
    std::shared_ptr<Inode> inode;
  };
  struct State {
    Inodes names;    ///< as programs see them
    Inodes durable;  ///< as of the last sync of the directory
    std::vector<Change> changes;
  };

  void watch();
  [[nodiscard]] std::string path_of(std::string const& name) const { return path_ + "/" + name; }
  static std::string content_after(Inode const& inode, Loss loss, std::mt19937_64& random);
  static Inodes names_after(State const& state, Loss loss, std::mt19937_64& random);

  std::string path_;
  State state_;
  std::optional<State> at_cut_;
};

}  // namespace qrpay::ledger::test
