// Finding order codes in the note of a bank credit: exact matches settle, near ones are proposed.
//
// Source: INTERFACES 6.4 for matching, DESIGN 5 for the line between RECEIVED and UNMATCHED.
// Everything here is pure and deterministic: no output depends on hash or insertion order.
// A CodeIndex belongs to one thread; FoldedNote and the results are plain values.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers.h"
#include "base/ids.h"
#include "engine/order_code.h"

namespace qrpay::engine {

enum class CodeKind : std::uint8_t {
  kOwn = 1,   ///< made by make_code, with check character; looked for in M
  kShop = 2,  ///< supplied by the shop; looked for in S
};

/// Shorter ones would be hit by chance in the numbers that banks write into notes.
inline constexpr std::size_t kShopCodeCharactersMin = 4;
/// EMV 62-08 carries no more, so a longer code could not reach a payer through a QR code.
inline constexpr std::size_t kShopCodeCharactersMax = 25;
/// S and M are cut here. Banks keep 35 to 210 characters; the rest is room for their own words.
inline constexpr std::size_t kNoteCharactersMax = 512;
/// More codes than this in one note are not listed: a person decides at two.
inline constexpr std::size_t kCodesListedMax = 16;

/// Letters and digits of a shop's code, folded and joined as in S: "sepay-123" -> "SEPAY123".
/// nullopt unless that leaves 4 to 25 characters with at least one letter.
[[nodiscard]] std::optional<std::string> fold_shop_code(std::string_view code);

/// A note ready for matching. S and M have the same length, at most kNoteCharactersMax.
struct FoldedNote {
  std::string joined;     ///< S: all runs of A-Z and 0-9 after folding, joined
  std::string lookalike;  ///< M: S with O -> 0, I -> 1, L -> 1
  std::bitset<kNoteCharactersMax + 1> token_starts;  ///< [i]: a run begins at S[i], i > 0
};

/// Cost: one pass over `note`, which the caller has bounded.
[[nodiscard]] FoldedNote fold_note(std::string_view note);

/// The codes of one bank account that take part in matching: open, late or paid.
/// Memory: 20 bytes per own code and 47 per shop code when full, up to twice that after growing,
/// and about 400 for the first; 8 bytes in all before it. Moves; does not copy.
class CodeIndex {
 public:
  /// False, and nothing changed, when `code` is malformed for its kind (check_code,
  /// fold_shop_code) or its folded text is there already, of either kind. O(1), amortised.
  [[nodiscard]] bool add(std::string_view code, CodeKind kind, base::Sequence order);
  /// False when it was not there. Any spelling of a shop's code will do. O(1).
  [[nodiscard]] bool remove(std::string_view code);
  /// Every shop's code whose order `is_gone`. O(number of shop codes).
  void remove_shop_codes(std::function<bool(base::Sequence)> const& is_gone);
  /// The order behind the code whose folded text is that of `code`. O(1).
  [[nodiscard]] std::optional<base::Sequence> find(std::string_view code) const;
  [[nodiscard]] bool contains(std::string_view code) const { return find(code).has_value(); }
  [[nodiscard]] std::size_t size() const {
    return tables_ ? tables_->own.size() + tables_->shop.size() : 0;
  }

 private:
  friend class Matcher;

  /// A shop's code in place, zero-padded: the lookup reads no other memory than the table.
  struct ShopKey {
    std::array<char, kShopCodeCharactersMax> text{};
    std::uint8_t size = 0;
    friend bool operator==(ShopKey const&, ShopKey const&) = default;
  };
  struct ShopKeyHash {
    using is_avalanching = void;
    std::size_t operator()(ShopKey const& key) const;
  };
  /// A prefix of own codes here, and of how many. One per account but after a merchant changed it.
  struct Prefix {
    std::array<char, kCodePrefixMax> text{};
    std::uint8_t size = 0;
    std::uint8_t sum = 0;  ///< its part of the check sum of a whole code
    std::uint32_t codes = 0;
    [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
  };

  [[nodiscard]] static ShopKey shop_key(std::string_view folded);
  struct Tables {
    void count_prefix(std::string_view prefix);
    void drop_prefix(std::string_view prefix);

    /// An own code is its own key: 12 characters of 5 bits, exact, so no text is kept.
    base::FlatMap<std::uint64_t, base::Sequence, base::IntegerHash> own;
    base::FlatMap<ShopKey, base::Sequence, ShopKeyHash> shop;
    base::SmallVector<Prefix, 1> prefixes;
    /// [n]: shop codes of n characters, so that only lengths that exist are looked up.
    std::array<std::uint32_t, kShopCodeCharactersMax + 1> shop_lengths{};
    /// Shop codes by their first character: a shop numbers under one or two, so most places in a
    /// note need no lookup at all.
    std::array<std::uint32_t, 36> shop_firsts{};
  };

  /// Null without codes, as most of a province's accounts are.
  std::unique_ptr<Tables> tables_;
};

/// A code found in a note. `code` is its folded text.
struct CodeHit {
  base::Sequence order;
  std::string code;
  CodeKind kind;
  std::uint16_t position;  ///< of its first hit that counts, in S
  friend bool operator==(CodeHit const&, CodeHit const&) = default;
};
using CodeHits = base::SmallVector<CodeHit, 1>;

/// Rules 2 to 4: the codes hit, without those lying inside a longer one, each once, by position and
/// then code; the first kCodesListedMax of them.
/// Cost: independent of the number of codes. Per character of the note one comparison per prefix of
/// own codes, and per distinct length of shop codes one lookup where a code's first character
/// stands. 100,000 own and as many shop codes, S of 97: 0.2 us; 850 nested shop codes and a note
/// of 512 made of them, the worst known: 2 ms.
[[nodiscard]] CodeHits match_note(CodeIndex const& index, FoldedNote const& note);

/// An own code within one edit of a part of M.
struct Proposal {
  base::Sequence order;
  std::string code;
  friend bool operator==(Proposal const&, Proposal const&) = default;
};

/// Rule 5: when nothing matches, every own code within one edit (substitution, insertion, deletion,
/// swap of neighbours) of a substring of M, by code; for a person, never to settle. Empty when
/// something matches.
/// Cost: independent of the number of codes. One edit leaves the prefix whole or the last eight
/// characters; and given all characters but one, the check character fixes that one. So each
/// character of M costs one comparison and at most one lookup per prefix of own codes, and each
/// place where a prefix stands some 30 candidates more. S of 97, one prefix, 100,000 codes: 1.5 us;
/// 512 characters of nothing but prefixes of two letters: below 1 ms.
[[nodiscard]] std::vector<Proposal> propose(CodeIndex const& index, FoldedNote const& note);

enum class NoteVerdict : std::uint8_t {
  kNoCode = 1,   ///< no trace of a code: RECEIVED
  kOneCode = 2,  ///< exactly one: settle by amount and time
  kSeveral = 3,  ///< two or more: UNMATCHED
  kDamaged = 4,  ///< none, but something that was a code of ours: UNMATCHED
};

struct NoteReading {
  NoteVerdict verdict;
  CodeHits hits;  ///< as of match_note
};

/// What a credit to the index's account becomes. kDamaged iff no code matches and
/// (a) propose() is not empty, or
/// (b) M holds a code with `prefix` for which check_code holds (not open here, else a match), or
/// (c) M holds `prefix` followed by five or more characters of kCodeAlphabet with a digit among
///     them. M's digits count, so an O typed for a zero is one; a merchant whose prefix is a common
///     syllable (TH, NH) gets many sales for a person to look at, so suggest three letters that are
///     none.
/// `prefix` is the merchant's, or empty for a merchant without own codes: (b) and (c) do not apply.
/// Cost: match_note, and the search of propose() up to the first find.
[[nodiscard]] NoteReading read_note(CodeIndex const& index, std::string_view prefix,
                                    FoldedNote const& note);

}  // namespace qrpay::engine
