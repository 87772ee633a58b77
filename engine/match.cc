#include "engine/match.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace qrpay::engine {

namespace {

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lookalike_of(char c) {
  if (c == 'O') return '0';
  if (c == 'I' || c == 'L') return '1';
  return c;
}

/// 0-35 for a digit or an upper-case letter.
std::size_t first_slot(char c) {
  return static_cast<std::size_t>(is_digit(c) ? c - '0' : c - 'A' + 10);
}

/// Five bits a character below a leading one, so that codes of 11 and 12 characters differ.
std::optional<std::uint64_t> pack(std::string_view code) {
  std::uint64_t packed = 1;
  for (char const c : code) {
    int const value = code_value(c);
    if (value < 0) return std::nullopt;
    packed = (packed << 5) | static_cast<std::uint64_t>(value);
  }
  return packed;
}

std::string_view prefix_of(std::string_view own_code) {
  return own_code.substr(0, own_code.size() - kCodeTailCharacters);
}

/// True when `b` is `a` after at most one substitution, insertion, deletion or swap of neighbours.
bool within_one_edit(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  if (a.size() - b.size() > 1) return false;
  auto const first =
      static_cast<std::size_t>(std::mismatch(b.begin(), b.end(), a.begin()).first - b.begin());
  if (first == b.size()) return true;
  if (a.size() > b.size()) return a.substr(first + 1) == b.substr(first);
  if (a.substr(first + 1) == b.substr(first + 1)) return true;
  return first + 1 < a.size() && a[first] == b[first + 1] && a[first + 1] == b[first] &&
         a.substr(first + 2) == b.substr(first + 2);
}

/// One occurrence of a code in S.
struct Occurrence {
  std::size_t start;
  std::size_t size;
  CodeKind kind;
  base::Sequence order;
};
using Occurrences = base::SmallVector<Occurrence, 4>;

/// Rule 3. An occurrence around another one starts at most kShopCodeCharactersMax before the end of
/// that, so a bit per start and length finds it in as many steps, however many codes overlap.
class Containment {
 public:
  Containment(FoldedNote const& note, Occurrences const& all) : note_(note) {
    for (auto const& one : all) lengths_[one.start] |= std::uint32_t{1} << one.size;
  }

  /// True when `inner` lies inside a longer occurrence that does not run across the token boundary
  /// where `inner` starts or ends.
  [[nodiscard]] bool falls_away(Occurrence const& inner) const {
    auto const end = inner.start + inner.size;
    bool const starts_token = note_.token_starts[inner.start];
    bool const ends_token = note_.token_starts[end];
    auto const first = end > kShopCodeCharactersMax ? end - kShopCodeCharactersMax : 0;
    for (auto outer = first; outer <= inner.start; ++outer) {
      if (starts_token && outer < inner.start) continue;
      auto const reach = end - outer;
      auto const same_end = (lengths_[outer] >> reach & 1) != 0 && reach > inner.size;
      auto const beyond_end = lengths_[outer] >> reach >> 1 != 0 && !ends_token;
      if (same_end || beyond_end) return true;
    }
    return false;
  }

 private:
  FoldedNote const& note_;
  std::array<std::uint32_t, kNoteCharactersMax> lengths_{};
};
static_assert(kShopCodeCharactersMax < 32 && kCodeCharactersMax <= kShopCodeCharactersMax);

}  // namespace

/// The searches over one index and one note.
class Matcher {
 public:
  /// Requires: `index` is not empty.
  Matcher(CodeIndex const& index, FoldedNote const& note)
      : index_(*index.tables_), note_(note), m_(note.lookalike) {}

  [[nodiscard]] CodeHits match() const {
    Occurrences all;
    find_own(all);
    find_shop(all);
    if (all.empty()) return {};
    if (all.size() == 1) return {hit_of(all.front())};
    return settle(all);
  }

  /// Appends every own code within one edit of a substring of M, some of them twice; stops after
  /// the first when `first_only`.
  void find_near(std::vector<std::uint64_t>& out, bool first_only) const {
    for (std::size_t at = 0; at < m_.size(); ++at) {
      for (auto const& prefix : index_.prefixes) {
        if (m_.substr(at).starts_with(prefix.view())) near_tails(prefix, at, out);
        near_prefixes(prefix, at, out);
        if (first_only && !out.empty()) return;
      }
    }
  }

  [[nodiscard]] base::Sequence order_of(std::uint64_t packed) const {
    return index_.own.find(packed)->second;
  }

 private:
  void find_own(Occurrences& out) const {
    for (auto const& prefix : index_.prefixes) {
      auto const size = prefix.size + kCodeTailCharacters;
      for (auto at = m_.find(prefix.view()); at != m_.npos; at = m_.find(prefix.view(), at + 1)) {
        if (m_.size() - at < size) break;
        auto const packed = pack(m_.substr(at, size));
        if (!packed) continue;
        auto const found = index_.own.find(*packed);
        if (found == index_.own.end()) continue;
        out.push_back({at, size, CodeKind::kOwn, found->second});
      }
    }
  }

  void find_shop(Occurrences& out) const {
    if (index_.shop.empty()) return;
    std::string_view const s = note_.joined;
    for (std::size_t size = kShopCodeCharactersMin; size <= kShopCodeCharactersMax; ++size) {
      if (index_.shop_lengths[size] == 0) continue;
      for (std::size_t at = 0; at + size <= s.size(); ++at) {
        if (index_.shop_firsts[first_slot(s[at])] == 0) continue;
        auto const found = index_.shop.find(CodeIndex::shop_key(s.substr(at, size)));
        if (found == index_.shop.end()) continue;
        out.push_back({at, size, CodeKind::kShop, found->second});
      }
    }
  }

  [[nodiscard]] std::string_view text_of(Occurrence const& one) const {
    std::string_view const text = one.kind == CodeKind::kOwn ? m_ : note_.joined;
    return text.substr(one.start, one.size);
  }

  [[nodiscard]] CodeHit hit_of(Occurrence const& one) const {
    return {one.order, std::string(text_of(one)), one.kind, static_cast<std::uint16_t>(one.start)};
  }

  [[nodiscard]] CodeHits settle(Occurrences& all) const {
    Containment const containment(note_, all);
    all.erase(std::remove_if(all.begin(), all.end(),
                             [&](Occurrence const& one) { return containment.falls_away(one); }),
              all.end());
    auto const by_code = [&](Occurrence const& one) {
      return std::tuple(text_of(one), one.kind, one.start);
    };
    std::sort(all.begin(), all.end(),
              [&](Occurrence const& a, Occurrence const& b) { return by_code(a) < by_code(b); });
    auto const same_code = [&](Occurrence const& a, Occurrence const& b) {
      return a.kind == b.kind && text_of(a) == text_of(b);
    };
    all.erase(std::unique(all.begin(), all.end(), same_code), all.end());
    auto const by_position = [&](Occurrence const& one) {
      return std::tuple(one.start, text_of(one), one.kind);
    };
    std::sort(all.begin(), all.end(), [&](Occurrence const& a, Occurrence const& b) {
      return by_position(a) < by_position(b);
    });
    CodeHits hits;
    for (auto const& one : all) {
      if (hits.size() == kCodesListedMax) break;
      hits.push_back(hit_of(one));
    }
    return hits;
  }

  /// One edit behind a prefix that stands whole at `at`: of the tail of nine, M then holds eight
  /// characters (one lost), nine (one changed, or two swapped) or ten (one added).
  void near_tails(CodeIndex::Prefix const& prefix, std::size_t at,
                  std::vector<std::uint64_t>& out) const {
    auto const rest = m_.substr(at + prefix.size);
    std::string tail;
    for (std::size_t i = 0; i < kCodeTailCharacters; ++i) {
      if (rest.size() >= kCodeTailCharacters - 1) {
        tail.assign(rest, 0, kCodeTailCharacters - 1);
        tail.insert(i, 1, '0');
        try_solving(prefix, tail, i, out);
      }
      if (rest.size() >= kCodeTailCharacters) {
        tail.assign(rest, 0, kCodeTailCharacters);
        if (i > 0) {
          std::swap(tail[i - 1], tail[i]);
          try_tail(prefix, tail, out);
          std::swap(tail[i - 1], tail[i]);
        }
        tail[i] = '0';
        try_solving(prefix, tail, i, out);
      }
      if (rest.size() > kCodeTailCharacters) {
        // Dropping the tenth would leave the code itself, which would have been a match.
        tail.assign(rest, 0, kCodeTailCharacters + 1);
        tail.erase(i, 1);
        try_tail(prefix, tail, out);
      }
    }
  }

  /// Tries `tail` with the only character at `hole`, where a '0' stands, that the check allows.
  void try_solving(CodeIndex::Prefix const& prefix, std::string& tail, std::size_t hole,
                   std::vector<std::uint64_t>& out) const {
    auto const sum = sum_of(prefix, tail);
    if (!sum) return;
    tail[hole] = character_at_weight(*sum, kCodeTailCharacters - 1 - hole);
    look_up(prefix, tail, out);
  }

  void try_tail(CodeIndex::Prefix const& prefix, std::string_view tail,
                std::vector<std::uint64_t>& out) const {
    if (sum_of(prefix, tail) == 0) look_up(prefix, tail, out);
  }

  /// One edit in the prefix, or a swap with the character behind it: the last eight characters of
  /// the code stand whole at `at`, and the check gives the one before them.
  void near_prefixes(CodeIndex::Prefix const& prefix, std::size_t at,
                     std::vector<std::uint64_t>& out) const {
    constexpr auto kWhole = kCodeTailCharacters - 1;
    if (m_.size() - at < kWhole || !could_end_prefix(prefix, at)) return;
    std::array<char, kCodeTailCharacters> tail{'0'};
    std::copy_n(m_.begin() + static_cast<std::ptrdiff_t>(at), kWhole, tail.begin() + 1);
    std::string_view const tail_view(tail.data(), tail.size());
    auto const sum = sum_of(prefix, tail_view);
    if (!sum) return;
    tail[0] = character_at_weight(*sum, kWhole);

    std::array<char, kCodePrefixMax + 1> head{};
    std::copy_n(prefix.text.begin(), prefix.size, head.begin());
    head[prefix.size] = tail[0];
    std::string_view const head_view(head.data(), prefix.size + std::size_t{1});
    for (auto size = head_view.size() - 1; size <= head_view.size() + 1; ++size) {
      if (size > at || !within_one_edit(head_view, m_.substr(at - size, size))) continue;
      look_up(prefix, tail_view, out);
      return;
    }
  }

  /// Cheap and necessary: after one edit one of the prefix's first two characters is still among
  /// the four before `at`.
  [[nodiscard]] bool could_end_prefix(CodeIndex::Prefix const& prefix, std::size_t at) const {
    auto const begin = at > kCodePrefixMax + 1 ? at - (kCodePrefixMax + 1) : 0;
    auto const before = m_.substr(begin, at - begin);
    return before.find(prefix.text[0]) != before.npos || before.find(prefix.text[1]) != before.npos;
  }

  /// The character that, with `behind` more after it, brings `sum` to zero.
  [[nodiscard]] static char character_at_weight(int sum, std::size_t behind) {
    return kCodeAlphabet[static_cast<std::size_t>(gf32::times_power(sum, 31 - behind))];
  }

  /// The check sum of prefix and tail, 0 for a right code; nullopt when a character is foreign.
  [[nodiscard]] static std::optional<int> sum_of(CodeIndex::Prefix const& prefix,
                                                 std::string_view tail) {
    int sum = prefix.sum;
    for (char const c : tail) {
      int const value = code_value(c);
      if (value < 0) return std::nullopt;
      sum = gf32::times_a(sum) ^ value;
    }
    return sum;
  }

  void look_up(CodeIndex::Prefix const& prefix, std::string_view tail,
               std::vector<std::uint64_t>& out) const {
    std::array<char, kCodeCharactersMax> code{};
    std::copy_n(prefix.text.begin(), prefix.size, code.begin());
    std::copy_n(tail.begin(), kCodeTailCharacters, code.begin() + prefix.size);
    auto const packed = pack({code.data(), prefix.size + kCodeTailCharacters});
    if (packed && index_.own.contains(*packed)) out.push_back(*packed);
  }

  CodeIndex::Tables const& index_;
  FoldedNote const& note_;
  std::string_view m_;
};

namespace {

/// Five or more characters of the alphabet at the front, with a digit among them.
bool is_torn_code(std::string_view text) {
  constexpr std::ptrdiff_t kTornMin = 5;
  auto const end = std::find_if(text.begin(), text.end(), [](char c) { return code_value(c) < 0; });
  return end - text.begin() >= kTornMin && std::any_of(text.begin(), end, is_digit);
}

bool holds_trace_of(std::string_view prefix, std::string_view m) {
  if (prefix.empty()) return false;
  for (auto at = m.find(prefix); at != m.npos; at = m.find(prefix, at + 1)) {
    if (check_code(m.substr(at, prefix.size() + kCodeTailCharacters))) return true;
    if (is_torn_code(m.substr(at + prefix.size()))) return true;
  }
  return false;
}

std::string unpack(std::uint64_t packed) {
  std::string code;
  for (; packed > 1; packed >>= 5) code.push_back(kCodeAlphabet[packed & 31]);
  std::reverse(code.begin(), code.end());
  return code;
}

}  // namespace

FoldedNote fold_note(std::string_view note) {
  FoldedNote folded;
  std::string const upper = base::fold_upper(note);
  folded.joined.reserve(std::min(upper.size(), kNoteCharactersMax));
  bool in_token = true;  // the start of the first token is no boundary
  for (char const c : upper) {
    if (!is_letter(c) && !is_digit(c)) {
      in_token = false;
      continue;
    }
    if (folded.joined.size() == kNoteCharactersMax) break;
    if (!in_token && !folded.joined.empty()) folded.token_starts.set(folded.joined.size());
    in_token = true;
    folded.joined.push_back(c);
  }
  folded.lookalike = folded.joined;
  for (char& c : folded.lookalike) c = lookalike_of(c);
  return folded;
}

std::optional<std::string> fold_shop_code(std::string_view code) {
  std::string folded = base::fold_upper(code);
  std::erase_if(folded, [](char c) { return !is_letter(c) && !is_digit(c); });
  if (folded.size() < kShopCodeCharactersMin || folded.size() > kShopCodeCharactersMax) {
    return std::nullopt;
  }
  if (std::none_of(folded.begin(), folded.end(), is_letter)) return std::nullopt;
  return folded;
}

std::size_t CodeIndex::ShopKeyHash::operator()(ShopKey const& key) const {
  // The first 24 characters as three words, then the last one and the size.
  std::array<std::uint64_t, 3> words{};
  static_assert(sizeof words == kShopCodeCharactersMax - 1);
  std::memcpy(words.data(), key.text.data(), sizeof words);
  base::IntegerHash const mix;
  std::uint64_t hash = (std::uint64_t{static_cast<unsigned char>(key.text.back())} << 8) | key.size;
  for (auto const word : words) hash = mix(hash * 0x9e3779b97f4a7c15ULL ^ word);
  return hash;
}

CodeIndex::ShopKey CodeIndex::shop_key(std::string_view folded) {
  ShopKey key;
  QRPAY_CHECK(folded.size() <= key.text.size());
  std::memcpy(key.text.data(), folded.data(), folded.size());
  key.size = static_cast<std::uint8_t>(folded.size());
  return key;
}

void CodeIndex::Tables::count_prefix(std::string_view prefix) {
  for (auto& one : prefixes) {
    if (one.view() != prefix) continue;
    ++one.codes;
    return;
  }
  Prefix added;
  for (char const c : prefix) {
    added.text[added.size++] = c;
    added.sum = static_cast<std::uint8_t>(gf32::times_a(added.sum) ^ code_value(c));
  }
  added.codes = 1;
  prefixes.push_back(added);
}

void CodeIndex::Tables::drop_prefix(std::string_view prefix) {
  auto const one = std::find_if(prefixes.begin(), prefixes.end(),
                                [&](Prefix const& each) { return each.view() == prefix; });
  QRPAY_CHECK(one != prefixes.end());
  if (--one->codes == 0) prefixes.erase(one);
}

bool CodeIndex::add(std::string_view code, CodeKind kind, base::Sequence order) {
  auto const folded = fold_shop_code(code);
  if (!folded || (kind == CodeKind::kOwn && !check_code(code)) || contains(*folded)) return false;
  if (!tables_) tables_ = std::make_unique<Tables>();
  switch (kind) {
    case CodeKind::kOwn:
      tables_->own.emplace(pack(*folded).value(), order);
      tables_->count_prefix(prefix_of(*folded));
      return true;
    case CodeKind::kShop:
      tables_->shop.emplace(shop_key(*folded), order);
      ++tables_->shop_lengths[folded->size()];
      ++tables_->shop_firsts[first_slot(folded->front())];
      return true;
  }
  QRPAY_CHECK(false);  // a kind outside the enumeration is a bug
  return false;
}

bool CodeIndex::remove(std::string_view code) {
  auto const folded = fold_shop_code(code);
  if (!folded || !tables_) return false;
  if (tables_->shop.erase(shop_key(*folded)) != 0) {
    --tables_->shop_lengths[folded->size()];
    --tables_->shop_firsts[first_slot(folded->front())];
  } else if (check_code(*folded) && tables_->own.erase(pack(*folded).value()) != 0) {
    tables_->drop_prefix(prefix_of(*folded));
  } else {
    return false;
  }
  if (size() == 0) tables_.reset();
  return true;
}

void CodeIndex::remove_shop_codes(std::function<bool(base::Sequence)> const& is_gone) {
  if (!tables_) return;
  erase_if(tables_->shop, [&](auto const& one) {
    if (!is_gone(one.second)) return false;
    --tables_->shop_lengths[one.first.size];
    --tables_->shop_firsts[first_slot(one.first.text.front())];
    return true;
  });
  if (size() == 0) tables_.reset();
}

std::optional<base::Sequence> CodeIndex::find(std::string_view code) const {
  auto const folded = fold_shop_code(code);
  if (!folded || !tables_) return std::nullopt;
  auto const shop = tables_->shop.find(shop_key(*folded));
  if (shop != tables_->shop.end()) return shop->second;
  if (!check_code(*folded)) return std::nullopt;
  auto const own = tables_->own.find(pack(*folded).value());
  if (own == tables_->own.end()) return std::nullopt;
  return own->second;
}

CodeHits match_note(CodeIndex const& index, FoldedNote const& note) {
  if (index.size() == 0) return {};
  return Matcher(index, note).match();
}

std::vector<Proposal> propose(CodeIndex const& index, FoldedNote const& note) {
  if (index.size() == 0) return {};
  Matcher const matcher(index, note);
  if (!matcher.match().empty()) return {};
  std::vector<std::uint64_t> near;
  matcher.find_near(near, /*first_only=*/false);
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<Proposal> proposals;
  for (auto const packed : near) proposals.push_back({matcher.order_of(packed), unpack(packed)});
  std::sort(proposals.begin(), proposals.end(),
            [](Proposal const& a, Proposal const& b) { return a.code < b.code; });
  return proposals;
}

NoteReading read_note(CodeIndex const& index, std::string_view prefix, FoldedNote const& note) {
  auto hits = match_note(index, note);
  if (hits.size() > 1) return {NoteVerdict::kSeveral, std::move(hits)};
  if (hits.size() == 1) return {NoteVerdict::kOneCode, std::move(hits)};
  if (holds_trace_of(prefix, note.lookalike)) return {NoteVerdict::kDamaged, {}};
  if (index.size() == 0) return {NoteVerdict::kNoCode, {}};
  std::vector<std::uint64_t> near;
  Matcher(index, note).find_near(near, /*first_only=*/true);
  return {near.empty() ? NoteVerdict::kNoCode : NoteVerdict::kDamaged, {}};
}

}  // namespace qrpay::engine
