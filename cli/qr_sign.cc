// qrpay qr sign|key|key-list: signatures over codes, and the keys that make them.
#include <cstdio>

#include "base/files.h"
#include "cli/qr_verbs.h"
#include "cli/verbs.h"
#include "qr/sign/signed_code.h"

namespace qrpay::cli {

using base::Day;
using base::Errc;
using base::fail;
using base::Result;
using gateway::json::Writer;
using qr::sign::KeyList;
using qr::sign::KeyRole;
using qr::sign::SigningKey;

namespace {

Result<Day> read_day(std::string const& text, std::string_view flag) {
  auto const day = base::parse_day(text);
  if (!day) return fail(Errc::kUsage, std::string(flag) + ": a day like 2026-12-31");
  return *day;
}

Result<std::string> sign_one(QrSignOptions const& options) {
  QRPAY_TRY(Day const until, read_day(options.until, "--until"));
  QRPAY_TRY(base::Secret const seed, base::read_secret_file(options.key_file));
  SigningKey const key(KeyRole::kCode, seed);
  return qr::sign::sign_payload(options.payload, key, until);
}

Result<qr::sign::PublicKey> make_key(QrKeyOptions const& options) {
  base::Bytes32 bytes;
  base::system_entropy().fill(bytes);
  base::Secret const seed(bytes);
  QRPAY_TRY_VOID(base::create_secret_file(options.out, seed));
  return SigningKey(options.root ? KeyRole::kRoot : KeyRole::kCode, seed).public_key();
}

Result<void> revoke(KeyList& list, QrKeyListOptions const& options, Day today) {
  for (auto& entry : list.keys) {
    if (entry.key.id != options.revoke) continue;
    entry.revoked = {today, options.reason};
    return {};
  }
  return fail(Errc::kNotFound, "--revoke: the list has no such key");
}

Result<void> add(KeyList& list, QrKeyListOptions const& options, Day today) {
  qr::sign::KeyEntry entry;
  QRPAY_TRY(entry.key, qr::sign::parse_public_key(options.add));
  if (entry.key.role != KeyRole::kCode) return fail(Errc::kUsage, "--add: a key of the role code");
  entry.valid_from = today;
  if (!options.valid_from.empty()) {
    QRPAY_TRY(entry.valid_from, read_day(options.valid_from, "--from"));
  }
  QRPAY_TRY(entry.valid_until, read_day(options.valid_until, "--to"));
  entry.operator_name = options.operator_name;
  list.keys.push_back(std::move(entry));
  return {};
}

/// The next list after the one in the file, signed and written.
Result<KeyList> renew(QrKeyListOptions const& options) {
  QRPAY_TRY(base::Secret const seed, base::read_secret_file(options.root_key_file));
  SigningKey const root(KeyRole::kRoot, seed);
  Day const today = base::business_day(base::system_clock().wall());
  KeyList list;
  if (base::file_exists(options.list)) {
    QRPAY_TRY(std::string const old, base::read_file(options.list, qr::sign::kKeyListBytesMax));
    QRPAY_TRY(list, qr::sign::open_key_list(old, {&root.public_key(), 1}));
  }
  ++list.serial;
  list.issued = today;
  QRPAY_TRY(list.until, read_day(options.until, "--until"));
  if (!options.revoke.empty()) QRPAY_TRY_VOID(revoke(list, options, today));
  if (!options.add.empty()) QRPAY_TRY_VOID(add(list, options, today));
  SigningKey const* const roots[] = {&root};
  QRPAY_TRY(std::string const text, qr::sign::sign_key_list(list, roots));
  QRPAY_TRY_VOID(base::replace_file_synced(options.list, text));
  return list;
}

}  // namespace

int run_qr_sign(QrCommon const& common, QrSignOptions const& options) {
  auto const payload = sign_one(options);
  if (!payload) return report(payload.error());
  if (common.json) {
    std::string text;
    Writer(text).begin_object().member("payload", *payload).end_object();
    std::printf("%s\n", text.c_str());
  } else {
    std::printf("%s\n", payload->c_str());
  }
  return kOk;
}

int run_qr_key(QrCommon const& common, QrKeyOptions const& options) {
  auto const key = make_key(options);
  if (!key) return report(key.error());
  std::string const line = qr::sign::format_public_key(*key);
  if (common.json) {
    std::string text;
    Writer out(text);
    out.begin_object().member("id", key->id).member("public_key", line).end_object();
    std::printf("%s\n", text.c_str());
  } else {
    std::fprintf(stderr, "the secret is in %s; this is the public key:\n", options.out.c_str());
    std::printf("%s\n", line.c_str());
  }
  return kOk;
}

int run_qr_key_list(QrCommon const& common, QrKeyListOptions const& options) {
  auto const list = renew(options);
  if (!list) return report(list.error());
  if (common.json) {
    std::string text;
    Writer out(text);
    out.begin_object().member("serial", list->serial).member("keys", list->keys.size());
    out.member("until", base::format_day(list->until)).end_object();
    std::printf("%s\n", text.c_str());
  } else {
    std::fprintf(stderr, "list %llu with %zu keys is in %s\n",
                 static_cast<unsigned long long>(list->serial), list->keys.size(),
                 options.list.c_str());
  }
  return kOk;
}

}  // namespace qrpay::cli
