#include "qr/sign/key_list.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "tests/qr/sign/samples.h"

namespace qrpay::qr::sign {
namespace {

using base::Errc;

KeyList two_keys() {
  KeyList list = list_of({entry_of(code_key(1), "2026-01-01", "2027-12-31", "HTX Bình Liêu"),
                          entry_of(code_key(2), "2026-06-01", "2028-06-30", "Ngân hàng A")});
  list.keys[1].revoked = Revocation{day_of("2026-11-20"), "mất máy tính"};
  return list;
}

std::string signed_list(KeyList const& list, std::vector<SigningKey const*> const& roots) {
  auto bytes = sign_key_list(list, roots);
  EXPECT_TRUE(bytes) << to_string(bytes.error());
  return bytes ? *bytes : std::string();
}

std::string two_keys_text() {
  SigningKey const root = root_key(9);
  return signed_list(two_keys(), {&root});
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  std::size_t const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Errc errc_of_parse(std::string_view text) {
  auto const list = parse_key_list(text);
  EXPECT_FALSE(list) << text.substr(0, 300);
  return list ? Errc::kUsage : list.error().errc;
}

Errc errc_of_open(std::string_view text, std::vector<PublicKey> const& roots) {
  auto const list = open_key_list(text, roots);
  EXPECT_FALSE(list);
  return list ? Errc::kUsage : list.error().errc;
}

TEST(KeyList, IsOpenedByTheRootThatSigned) {
  std::vector<PublicKey> const roots = {root_key(9).public_key()};
  auto const opened = open_key_list(two_keys_text(), roots);
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(*opened, two_keys());
}

TEST(KeyList, IsWrittenBackByteForByte) {
  std::string const text = two_keys_text();
  auto const read = parse_key_list(text);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(format_key_list(*read), text);
}

TEST(KeyList, WithoutKeysIsAList) {
  SigningKey const root = root_key(9);
  std::string const text = signed_list(list_of({}), {&root});
  std::vector<PublicKey> const roots = {root.public_key()};
  EXPECT_TRUE(open_key_list(text, roots));
}

TEST(KeyList, KeysArePutInOrderBeforeSigning) {
  SigningKey const root = root_key(9);
  KeyList backwards = two_keys();
  std::swap(backwards.keys[0], backwards.keys[1]);
  EXPECT_EQ(signed_list(backwards, {&root}), two_keys_text());
}

TEST(KeyList, FindsEveryKeyAndNoOther) {
  std::vector<KeyEntry> entries;
  for (std::uint8_t n = 1; n <= 50; ++n) {
    entries.push_back(entry_of(code_key(n), "2026-01-01", "2027-12-31", "A"));
  }
  KeyList const list = list_of(entries);
  for (KeyEntry const& entry : entries) {
    KeyEntry const* found = list.find(entry.key.id);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(*found, entry);
  }
  EXPECT_EQ(list.find(code_key(51).public_key().id), nullptr);
  EXPECT_EQ(list.find(""), nullptr);
}

TEST(KeyList, EveryChangedByteIsRefused) {
  std::string const text = two_keys_text();
  std::vector<PublicKey> const roots = {root_key(9).public_key()};
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (char const c : {'0', 'A', 'z', ' ', '\n', '\0', static_cast<char>(text[at] ^ 1)}) {
      if (text[at] == c) continue;
      std::string changed = text;
      changed[at] = c;
      EXPECT_FALSE(open_key_list(changed, roots)) << "byte " << at << " as " << int{c};
    }
  }
}

TEST(KeyList, EveryPrefixIsRefused) {
  std::string const text = two_keys_text();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_key_list(std::string_view(text).substr(0, size))) << size;
  }
}

TEST(KeyList, NeedsAKnownRoot) {
  EXPECT_EQ(errc_of_open(two_keys_text(), {}), Errc::kNoteUnverified);
  EXPECT_EQ(errc_of_open(two_keys_text(), {root_key(8).public_key()}), Errc::kNoteUnverified);
  // The same bytes as a key of operators open nothing.
  EXPECT_EQ(errc_of_open(two_keys_text(), {code_key(9).public_key()}), Errc::kNoteUnverified);
}

TEST(KeyList, ARootIsReplacedWithoutADayOnWhichAnyReaderIsLost) {
  SigningKey const old_root = root_key(8);
  SigningKey const new_root = root_key(9);
  std::string const during = signed_list(two_keys(), {&old_root, &new_root});
  for (SigningKey const* root : {&old_root, &new_root}) {
    std::vector<PublicKey> const roots = {root->public_key()};
    EXPECT_TRUE(open_key_list(during, roots));
  }
  EXPECT_EQ(errc_of_open(two_keys_text(), {old_root.public_key()}), Errc::kNoteUnverified);
}

TEST(KeyList, OneBadLineOfAKnownRootSpoilsTheGoodOne) {
  SigningKey const old_root = root_key(8);
  SigningKey const new_root = root_key(9);
  std::string text = signed_list(two_keys(), {&old_root, &new_root});
  auto read = parse_key_list(text);
  ASSERT_TRUE(read);
  read->signatures[0].signature[5] ^= 1;
  text = format_key_list(*read);
  EXPECT_EQ(errc_of_open(text, {old_root.public_key(), new_root.public_key()}),
            Errc::kSignatureInvalid);
  std::vector<PublicKey> const only_new = {new_root.public_key()};
  EXPECT_TRUE(open_key_list(text, only_new));
}

TEST(KeyList, SignatureOfAnotherListDoesNotFit) {
  KeyList other = two_keys();
  other.serial = 8;
  SigningKey const root = root_key(9);
  auto moved = parse_key_list(two_keys_text());
  ASSERT_TRUE(moved);
  moved->list.serial = 8;
  EXPECT_EQ(errc_of_open(format_key_list(*moved), {root.public_key()}), Errc::kSignatureInvalid);
  EXPECT_NE(signed_list(other, {&root}), format_key_list(*moved));
}

TEST(KeyList, RefusalsAreNumberedAndNameTheLine) {
  std::string const text = two_keys_text();
  EXPECT_EQ(errc_of_parse(""), Errc::kMalformed);
  EXPECT_EQ(errc_of_parse(replaced(text, "list 1", "list 2")), Errc::kKeyUnsupported);
  EXPECT_EQ(errc_of_parse(replaced(text, "serial 7", "serial 07")), Errc::kMalformed);
  EXPECT_EQ(errc_of_parse(replaced(text, "serial 7", "serial 0")), Errc::kMalformed);
  EXPECT_EQ(errc_of_parse(replaced(text, "serial 7", "serial 99999999999999999999")),
            Errc::kMalformed);
  EXPECT_EQ(errc_of_parse(replaced(text, "2026-11-01", "2026-11-31")), Errc::kMalformed);
  EXPECT_EQ(errc_of_parse(replaced(text, "2027-02-28", "2026-10-31")), Errc::kInvalidField);
  EXPECT_EQ(errc_of_parse(replaced(text, "2027-12-31", "2025-12-31")), Errc::kInvalidField);
  EXPECT_EQ(errc_of_parse(replaced(text, "serial 7\n", "serial 7\r\n")), Errc::kMalformed);
  EXPECT_EQ(errc_of_parse(text + "\n"), Errc::kMalformed);
  EXPECT_EQ(errc_of_parse(text.substr(0, text.find("signature "))), Errc::kMalformed);
  std::string const line = text.substr(text.find("signature "));
  EXPECT_EQ(errc_of_parse(text + line), Errc::kDuplicateField);
  std::size_t const key = text.find("key ", text.find("until"));
  EXPECT_EQ(errc_of_parse(
                std::string(text).insert(key, text.substr(key, text.find('\n', key) - key + 1))),
            Errc::kDuplicateField);
  std::string const id = two_keys().keys[0].key.id;
  EXPECT_EQ(errc_of_parse(replaced(text, id, "00000000")), Errc::kWrongKey);
  auto const broken = parse_key_list(replaced(text, "until", "untie"));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().detail.substr(0, 8), "line 4: ");
}

TEST(KeyList, NamesAndReasonsAreWhatTheySeem) {
  SigningKey const root = root_key(9);
  std::vector<SigningKey const*> const roots = {&root};
  std::string const long_name(65, 'a');
  std::vector<std::string> const bad = {"",
                                        " A",
                                        "A ",
                                        "A\nB",
                                        "A\tB",
                                        "A\x7f"
                                        "B",
                                        "A\u0085B",
                                        "A\u202eB",
                                        "A\u2028B",
                                        "A\u200fB",
                                        "Bi\u0300nh",
                                        "\xff",
                                        long_name};
  for (std::string const& name : bad) {
    KeyList list = two_keys();
    list.keys[0].operator_name = name;
    EXPECT_FALSE(sign_key_list(list, roots)) << name;
    list = two_keys();
    list.keys[1].revoked->reason = name;
    EXPECT_FALSE(sign_key_list(list, roots)) << name;
  }
  KeyList list = two_keys();
  list.keys[0].operator_name = "A";
  for (int n = 1; n < 64; ++n) list.keys[0].operator_name += "ệ";
  EXPECT_TRUE(sign_key_list(list, roots));
  // A name cannot bring a line of its own with it.
  list.keys[0].operator_name = "A\nrevoked 2026-11-24 x";
  EXPECT_FALSE(sign_key_list(list, roots));
}

TEST(KeyList, LimitsHold) {
  SigningKey const root = root_key(9);
  std::vector<SigningKey const*> const roots = {&root};
  KeyList list = list_of({});
  for (int n = 0; n < 1'000; ++n) {
    base::Bytes32 seed{};
    seed[0] = static_cast<std::uint8_t>(n & 0xFF);
    seed[1] = static_cast<std::uint8_t>(n >> 8);
    KeyEntry entry =
        entry_of(SigningKey(KeyRole::kCode, base::Secret(seed)), "2026-01-01", "2027-12-31", "A");
    entry.revoked = Revocation{day_of("2026-11-20"), "B"};
    for (int i = 1; i < 64; ++i) {
      entry.operator_name += "ệ";
      entry.revoked->reason += "ệ";
    }
    list.keys.push_back(entry);
  }
  auto const full = sign_key_list(list, roots);
  ASSERT_TRUE(full) << to_string(full.error());
  EXPECT_LE(full->size(), kKeyListBytesMax);
  list.keys.push_back(entry_of(code_key(77), "2026-01-01", "2027-12-31", "A"));
  auto const over = sign_key_list(list, roots);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().errc, Errc::kTooLarge);
  EXPECT_EQ(errc_of_parse(std::string(kKeyListBytesMax + 1, 'a')), Errc::kTooLarge);

  std::vector<SigningKey> many;
  for (std::uint8_t n = 1; n <= 9; ++n) many.push_back(root_key(n));
  std::vector<SigningKey const*> nine;
  for (SigningKey const& one : many) nine.push_back(&one);
  auto const crowded = sign_key_list(two_keys(), nine);
  ASSERT_FALSE(crowded);
  EXPECT_EQ(crowded.error().errc, Errc::kTooLarge);
  auto const anonymous = sign_key_list(two_keys(), {});
  ASSERT_FALSE(anonymous);
  EXPECT_EQ(anonymous.error().errc, Errc::kMalformed);
}

TEST(KeyList, KeyOfSmallOrderIsRefused) {
  SigningKey const root = root_key(9);
  std::vector<SigningKey const*> const roots = {&root};
  KeyList list = two_keys();
  list.keys[0].key.bytes = {};
  list.keys[0].key.id = key_id(KeyRole::kCode, {});
  auto const bytes = sign_key_list(list, roots);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().errc, Errc::kInvalidField);
}

TEST(KeyList, TheHigherSerialWins) {
  KeyList const held = two_keys();
  KeyList candidate = held;
  EXPECT_EQ(compare_key_lists(candidate, held), Succession::kSame);
  candidate.keys.pop_back();
  EXPECT_EQ(compare_key_lists(candidate, held), Succession::kConflict);
  candidate.serial = held.serial + 1;
  EXPECT_EQ(compare_key_lists(candidate, held), Succession::kNewer);
  EXPECT_EQ(compare_key_lists(held, candidate), Succession::kOlder);
}

}  // namespace
}  // namespace qrpay::qr::sign
