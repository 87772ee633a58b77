#include "qr/sign/key_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "qr/sign/crockford.h"

namespace qrpay::qr::sign {
namespace {

using base::Errc;
using base::fail;
using base::Result;

constexpr std::string_view kFirstLine = "qrpay key list 1";
constexpr std::string_view kSignatureWord = "signature ";

// Characters that move the cursor or turn the direction of writing could make one operator's name
// look like another's: line and paragraph separators and the bidirectional controls.
constexpr std::string_view kForbidden[] = {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029",
                                           "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
                                           "\u2066", "\u2067", "\u2068", "\u2069"};

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

// A name or a reason: printable as it is, and ending where it seems to end.
bool is_line_text(std::string_view text, std::size_t characters_max) {
  auto const characters = base::count_characters(text);
  if (!characters || *characters == 0 || *characters > characters_max) return false;
  if (text.front() == ' ' || text.back() == ' ' || !base::is_nfc(text)) return false;
  if (has_control(text)) return false;
  return std::none_of(std::begin(kForbidden), std::end(kForbidden), [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}

template <std::size_t N>
std::optional<std::array<std::uint8_t, N>> fixed_base64(std::string_view text) {
  auto const bytes = base::from_base64(text);
  std::array<std::uint8_t, N> out{};
  if (!bytes || bytes->size() != N) return std::nullopt;
  std::copy_n(base::as_bytes(*bytes).begin(), N, out.begin());
  return out;
}

void append_line(std::string& out, std::string_view word, std::string_view rest) {
  out += word;
  out += rest;
  out += '\n';
}

std::string signed_text(KeyList const& list) {
  std::string out;
  append_line(out, kFirstLine, "");
  append_line(out, "serial ", std::to_string(list.serial));
  append_line(out, "issued ", base::format_day(list.issued));
  append_line(out, "until ", base::format_day(list.until));
  for (KeyEntry const& entry : list.keys) {
    append_line(out, "key ",
                entry.key.id + " " + base::to_base64(entry.key.bytes) + " " +
                    base::format_day(entry.valid_from) + " " + base::format_day(entry.valid_until) +
                    " " + entry.operator_name);
    if (!entry.revoked) continue;
    append_line(out, "revoked ", base::format_day(entry.revoked->on) + " " + entry.revoked->reason);
  }
  return out;
}

// Reads the lines from the top; each step knows what may stand there.
class ListReader {
 public:
  explicit ListReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] Result<SignedKeyList> run() {
    QRPAY_TRY_VOID(read_head());
    while (next_is("key ")) QRPAY_TRY_VOID(read_key());
    while (next_is(kSignatureWord)) QRPAY_TRY_VOID(read_signature());
    if (!rest_.empty()) {
      take_line();
      return refuse(Errc::kMalformed, "not a line that may stand here");
    }
    if (out_.signatures.empty()) return fail(Errc::kMalformed, "no signature");
    return std::move(out_);
  }

 private:
  [[nodiscard]] base::Unexpected<base::Error> refuse(Errc errc, std::string_view why) const {
    return fail(errc, "line " + std::to_string(line_) + ": " + std::string(why));
  }

  [[nodiscard]] bool next_is(std::string_view word) const { return rest_.starts_with(word); }

  // The next line without its newline. nullopt at the end, and when the newline is missing.
  std::optional<std::string_view> take_line() {
    ++line_;
    std::size_t const end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view const line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }

  // What follows `word` on the next line.
  Result<std::string_view> take_after(std::string_view word) {
    auto const line = take_line();
    if (!line || !line->starts_with(word)) {
      return refuse(Errc::kMalformed, "`" + std::string(word) + "` should stand here");
    }
    return line->substr(word.size());
  }

  // Cuts the text up to the next blank, and the blank, off `rest`. Empty when there is no blank.
  static std::string_view take_word(std::string_view& rest) {
    std::size_t const blank = rest.find(' ');
    if (blank == std::string_view::npos) return {};
    std::string_view const word = rest.substr(0, blank);
    rest.remove_prefix(blank + 1);
    return word;
  }

  Result<base::Day> to_day(std::string_view text) const {
    auto const day = base::parse_day(text);
    if (!day) return refuse(Errc::kMalformed, "not a day like 2026-11-24");
    return *day;
  }

  Result<void> read_head() {
    auto const first = take_line();
    if (first != kFirstLine) {
      bool const other = first && first->starts_with("qrpay key list ");
      return refuse(other ? Errc::kKeyUnsupported : Errc::kMalformed, "not a qrpay key list 1");
    }
    QRPAY_TRY(std::string_view const serial, take_after("serial "));
    auto const end = serial.data() + serial.size();
    auto const parsed = std::from_chars(serial.data(), end, out_.list.serial);
    bool const is_number = parsed.ec == std::errc() && parsed.ptr == end;
    if (!is_number || out_.list.serial == 0 || serial.front() == '0') {
      return refuse(Errc::kMalformed, "not a number from 1, in 64 bits");
    }
    QRPAY_TRY(std::string_view const issued, take_after("issued "));
    QRPAY_TRY(out_.list.issued, to_day(issued));
    QRPAY_TRY(std::string_view const until, take_after("until "));
    QRPAY_TRY(out_.list.until, to_day(until));
    if (out_.list.until < out_.list.issued) return refuse(Errc::kInvalidField, "ends before issue");
    return {};
  }

  Result<void> read_key() {
    QRPAY_TRY(std::string_view rest, take_after("key "));
    if (out_.list.keys.size() == kKeyListKeysMax) return refuse(Errc::kTooLarge, "over 1000 keys");
    KeyEntry entry;
    std::string_view const id = take_word(rest);
    auto const bytes = fixed_base64<32>(take_word(rest));
    if (!bytes) return refuse(Errc::kMalformed, "not the base64 of 32 bytes");
    if (id != key_id(KeyRole::kCode, *bytes)) {
      return refuse(Errc::kWrongKey, "the id is not that of the key");
    }
    auto key = make_public_key(KeyRole::kCode, *bytes);
    if (!key) return refuse(key.error().errc, key.error().detail);
    entry.key = *std::move(key);
    QRPAY_TRY(entry.valid_from, to_day(take_word(rest)));
    QRPAY_TRY(entry.valid_until, to_day(take_word(rest)));
    if (entry.valid_until < entry.valid_from) {
      return refuse(Errc::kInvalidField, "ends before it begins");
    }
    if (!is_line_text(rest, kOperatorNameCharactersMax)) {
      return refuse(Errc::kInvalidField, "not a name of 1 to 64 characters");
    }
    entry.operator_name = rest;
    QRPAY_TRY_VOID(check_order(entry.key.id));
    if (next_is("revoked ")) QRPAY_TRY_VOID(read_revocation(entry));
    out_.list.keys.push_back(std::move(entry));
    return {};
  }

  Result<void> check_order(std::string_view id) const {
    if (out_.list.keys.empty() || out_.list.keys.back().key.id < id) return {};
    if (out_.list.keys.back().key.id == id) return refuse(Errc::kDuplicateField, "a key twice");
    return refuse(Errc::kMalformed, "keys not in the order of their ids");
  }

  Result<void> read_revocation(KeyEntry& entry) {
    QRPAY_TRY(std::string_view rest, take_after("revoked "));
    QRPAY_TRY(base::Day const on, to_day(take_word(rest)));
    if (!is_line_text(rest, kRevocationReasonCharactersMax)) {
      return refuse(Errc::kInvalidField, "not a reason of 1 to 64 characters");
    }
    entry.revoked = Revocation{on, std::string(rest)};
    return {};
  }

  Result<void> read_signature() {
    QRPAY_TRY(std::string_view rest, take_after(kSignatureWord));
    if (out_.signatures.size() == kKeyListSignaturesMax) {
      return refuse(Errc::kTooLarge, "over 8 signatures");
    }
    std::string_view const root_id = take_word(rest);
    if (!is_crockford(root_id)) return refuse(Errc::kMalformed, "not a key id");
    auto const signature = fixed_base64<64>(rest);
    if (!signature) return refuse(Errc::kMalformed, "not the base64 of 64 bytes");
    for (ListSignature const& earlier : out_.signatures) {
      if (earlier.root_id == root_id) return refuse(Errc::kDuplicateField, "a root twice");
    }
    out_.signatures.push_back({std::string(root_id), *signature});
    return {};
  }

  std::string_view rest_;
  std::size_t line_ = 0;
  SignedKeyList out_;
};

}  // namespace

KeyEntry const* KeyList::find(std::string_view id) const {
  auto const entry = std::lower_bound(
      keys.begin(), keys.end(), id,
      [](KeyEntry const& one, std::string_view wanted) { return one.key.id < wanted; });
  return entry != keys.end() && entry->key.id == id ? &*entry : nullptr;
}

std::string format_key_list(SignedKeyList const& signed_list) {
  std::string out = signed_text(signed_list.list);
  for (ListSignature const& line : signed_list.signatures) {
    append_line(out, kSignatureWord, line.root_id + " " + base::to_base64(line.signature));
  }
  return out;
}

Result<SignedKeyList> parse_key_list(std::string_view bytes) {
  if (bytes.size() > kKeyListBytesMax) return fail(Errc::kTooLarge, "over 1 MiB");
  return ListReader(bytes).run();
}

Result<KeyList> open_key_list(std::string_view bytes, std::span<PublicKey const> roots) {
  QRPAY_TRY(SignedKeyList read, parse_key_list(bytes));
  // Each line is written in one way only, so this is the text that was given.
  std::string const text = signed_text(read.list);
  bool verified = false;
  for (ListSignature const& line : read.signatures) {
    for (PublicKey const& root : roots) {
      if (root.role != KeyRole::kRoot || root.id != line.root_id) continue;
      if (!base::ed25519_verify(root.bytes, base::as_bytes(text), line.signature)) {
        return fail(Errc::kSignatureInvalid, "root " + root.id);
      }
      verified = true;
    }
  }
  if (!verified) return fail(Errc::kNoteUnverified, "no known root signed the list");
  return std::move(read.list);
}

Result<std::string> sign_key_list(KeyList list, std::span<SigningKey const* const> roots) {
  std::sort(list.keys.begin(), list.keys.end(),
            [](KeyEntry const& a, KeyEntry const& b) { return a.key.id < b.key.id; });
  SignedKeyList signed_list{std::move(list), {}};
  std::string const text = signed_text(signed_list.list);
  for (SigningKey const* root : roots) {
    QRPAY_CHECK(root->public_key().role == KeyRole::kRoot);
    signed_list.signatures.push_back({root->public_key().id, root->sign(text)});
  }
  std::string bytes = format_key_list(signed_list);
  QRPAY_TRY(SignedKeyList const read, parse_key_list(bytes));
  if (read != signed_list) return fail(Errc::kMalformed, "a name that holds a line of its own");
  return bytes;
}

Succession compare_key_lists(KeyList const& candidate, KeyList const& held) {
  if (candidate.serial > held.serial) return Succession::kNewer;
  if (candidate.serial < held.serial) return Succession::kOlder;
  return candidate == held ? Succession::kSame : Succession::kConflict;
}

}  // namespace qrpay::qr::sign
