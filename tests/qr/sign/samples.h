// Keys, lists and codes for the tests of signatures. Seeds are known to everybody: worthless.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time_text.h"
#include "base/world.h"
#include "qr/build.h"
#include "qr/payload.h"
#include "qr/sign/key_list.h"
#include "qr/sign/signed_code.h"
#include "qr/sign/signing_key.h"

namespace qrpay::qr::sign {

inline SigningKey key_of(KeyRole role, std::uint8_t filler) {
  base::Bytes32 seed;
  seed.fill(filler);
  return SigningKey(role, base::Secret(seed));
}
inline SigningKey code_key(std::uint8_t filler) { return key_of(KeyRole::kCode, filler); }
inline SigningKey root_key(std::uint8_t filler) { return key_of(KeyRole::kRoot, filler); }

inline base::Day day_of(std::string_view text) { return base::parse_day(text).value(); }
inline base::WallTime time_of(std::string_view text) { return base::parse_time(text).value(); }

inline KeyEntry entry_of(SigningKey const& key, std::string_view from, std::string_view until,
                         std::string_view name) {
  return {key.public_key(), day_of(from), day_of(until), std::string(name), std::nullopt};
}

inline KeyList list_of(std::vector<KeyEntry> keys) {
  KeyList list{7, day_of("2026-11-01"), day_of("2027-02-28"), std::move(keys)};
  std::sort(list.keys.begin(), list.keys.end(),
            [](KeyEntry const& a, KeyEntry const& b) { return a.key.id < b.key.id; });
  return list;
}

/// An order of 75,000 dong.
inline PayloadSpec order_spec() {
  PayloadSpec spec;
  spec.bank_bin = "970403";
  spec.account = "0011012345678";
  spec.amount = base::Vnd(75'000);
  spec.additional.bill_number = "HD0042";
  spec.additional.purpose = "QP7K2M9 BAN 4";
  return spec;
}

inline std::string text_of(PayloadSpec const& spec) {
  auto const text = build_payload(spec);
  EXPECT_TRUE(text) << to_string(text.error());
  return text ? *text : std::string();
}

inline std::string signed_text_of(PayloadSpec const& spec, SigningKey const& key,
                                  std::string_view until) {
  auto const text = sign_payload(text_of(spec), key, day_of(until));
  EXPECT_TRUE(text) << to_string(text.error());
  return text ? *text : std::string();
}

/// What signed_codes.json lists: one of every kind of code that we build.
struct NamedSpec {
  std::string_view name;
  PayloadSpec spec;
};

inline std::vector<NamedSpec> named_specs() {
  PayloadSpec sticker;
  sticker.bank_bin = "970403";
  sticker.account = "0011012345678";
  PayloadSpec card;
  card.service = Service::kTransferToCard;
  card.bank_bin = "970403";
  card.account = "9704031101234567";
  PayloadSpec merchant;
  merchant.service = Service::kPush;
  merchant.bank_bin = "970436";
  merchant.account = "0101234567";
  merchant.mcc = "5812";
  merchant.merchant_name = "PHO BINH LIEU";
  merchant.merchant_city = "QUANG NINH";
  merchant.postal_code = "200000";
  merchant.amount = base::Vnd(120'000);
  merchant.additional.store_label = "BL01";
  merchant.additional.terminal_label = "QUAY2";
  PayloadSpec vietnamese = merchant;
  vietnamese.language = {"vi", "Phở Bình Liêu", "Quảng Ninh"};
  vietnamese.tip = Tip{};
  PayloadSpec cash;
  cash.service = Service::kCash;
  cash.bank_bin = "970436";
  cash.account = "00023456";
  cash.order_bound = true;
  cash.mcc = "6011";
  cash.merchant_name = "ATM 23456";
  cash.merchant_city = "HA LONG";
  cash.additional.reference_label = "20261124070523456";
  cash.additional.terminal_label = "00023456";
  return {{"sticker", sticker},   {"order", order_spec()},    {"card", card},
          {"merchant", merchant}, {"vietnamese", vietnamese}, {"cash", cash}};
}

}  // namespace qrpay::qr::sign
