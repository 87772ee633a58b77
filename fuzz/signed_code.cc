// Any bytes as a signed code, as a list of keys, as a public key: never a crash, nothing valid that
// was not signed here, and what is accepted is written back byte for byte.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/ids.h"
#include "base/time_text.h"
#include "qr/crc.h"
#include "qr/payload.h"
#include "qr/sign/key_list.h"
#include "qr/sign/signed_code.h"
#include "qr/sign/signing_key.h"

namespace qrpay::qr::sign {
namespace {

constexpr base::Day kFrom{20'000};
constexpr base::Day kUntil{30'000};

SigningKey key_of(KeyRole role, std::uint8_t filler) {
  base::Bytes32 seed;
  seed.fill(filler);
  return SigningKey(role, base::Secret(seed));
}

struct World {
  SigningKey known = key_of(KeyRole::kCode, 1);
  SigningKey root = key_of(KeyRole::kRoot, 2);
  KeyList list{1, kFrom, kUntil, {{known.public_key(), kFrom, kUntil, "A", {}}}};
  base::WallTime now = base::start_of(base::Day(21'000));
};

World const& world() {
  static World const one;
  return one;
}

// The corpus holds codes that the known key signed, and only these may verify: signing the rest of
// such a code again must give the very same text.
void check_valid(Verification const& result) {
  QrPayload plain = result.payload;
  auto& objects = plain.objects;
  for (auto object = objects.begin(); object != objects.end();) {
    bool const ours = object->tag >= 80 && object->value.starts_with("0008vn.qrpay");
    object = ours ? objects.erase(object) : object + 1;
  }
  auto const again = sign_payload(print_payload(plain), world().known, *result.valid_until);
  QRPAY_CHECK(again && *again == print_payload(result.payload));
}

void try_code(std::string_view text) {
  Verification const result = verify_signed(text, world().list, world().now);
  QRPAY_CHECK((result.status == SignatureStatus::kMalformed) == !result.why.empty());
  QRPAY_CHECK(!signature_status_name(result.status).empty());
  if (result.status == SignatureStatus::kValid) check_valid(result);
  auto const made = sign_payload(text, world().known, kUntil);
  if (!made) return;
  QRPAY_CHECK(result.status == SignatureStatus::kUnsigned);
  QRPAY_CHECK(read_payload(*made).faults.empty());
  Verification const own = verify_signed(*made, world().list, world().now);
  QRPAY_CHECK(own.status == SignatureStatus::kValid);
  QRPAY_CHECK(own.payload.account == result.payload.account);
  QRPAY_CHECK(own.payload.amount_vnd == result.payload.amount_vnd);
  QRPAY_CHECK(!sign_payload(*made, world().known, kUntil));
}

void try_list(std::string_view text) {
  std::vector<PublicKey> const roots = {world().root.public_key()};
  auto const read = parse_key_list(text);
  auto const opened = open_key_list(text, roots);
  QRPAY_CHECK(read || !opened);
  if (!read) return;
  QRPAY_CHECK(format_key_list(*read) == text);
  std::vector<SigningKey const*> const signers = {&world().root};
  auto const signed_again = sign_key_list(read->list, signers);
  QRPAY_CHECK(signed_again);
  auto const reopened = open_key_list(*signed_again, roots);
  QRPAY_CHECK(reopened && *reopened == read->list);
  for (KeyEntry const& entry : read->list.keys) QRPAY_CHECK(reopened->find(entry.key.id));
}

void try_key(std::string_view text) {
  if (auto const key = parse_public_key(text)) QRPAY_CHECK(format_public_key(*key) == text);
}

}  // namespace
}  // namespace qrpay::qr::sign

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string text(reinterpret_cast<char const*>(data), size);
  qrpay::qr::sign::try_list(text);
  qrpay::qr::sign::try_key(text);
  qrpay::qr::sign::try_code(text);
  // A CRC made right lets mutations reach what lies behind it.
  std::size_t const crc = text.rfind("6304");
  if (crc == std::string::npos) return 0;
  text.resize(crc);
  qrpay::qr::append_crc(text);
  qrpay::qr::sign::try_code(text);
  return 0;
}
