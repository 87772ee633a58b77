// qrpay qr verify|classify|scan: what a code says, and what is wrong with it.
#include <cstdio>
#include <iostream>

#include "base/files.h"
#include "base/text.h"
#include "cli/qr_verbs.h"
#include "cli/verbs.h"
#include "gateway/json/json.h"
#include "qr/kind.h"
#include "qr/picture/read.h"
#include "qr/scan/scan.h"
#include "qr/sign/signed_code.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;
using gateway::api::write_reading;
using gateway::json::Writer;

namespace {

/// Roots and list of `--keys` and `--roots`.
Result<qr::sign::KeyList> open_keys(QrVerifyOptions const& options) {
  QRPAY_TRY(std::string const roots_text,
            base::read_file(options.roots_file, qr::sign::kKeyListBytesMax));
  std::vector<qr::sign::PublicKey> roots;
  for (std::size_t at = 0; at < roots_text.size();) {
    std::size_t const end = std::min(roots_text.find('\n', at), roots_text.size());
    if (end > at) {
      QRPAY_TRY(roots.emplace_back(),
                qr::sign::parse_public_key(std::string_view(roots_text).substr(at, end - at)));
    }
    at = end + 1;
  }
  QRPAY_TRY(std::string const list, base::read_file(options.key_list, qr::sign::kKeyListBytesMax));
  return qr::sign::open_key_list(list, roots);
}

void write_signature(Writer& out, qr::sign::Verification const& verified) {
  out.key("signature").begin_object();
  out.member("status", qr::sign::signature_status_name(verified.status));
  if (!verified.why.empty()) out.member("why", verified.why);
  if (!verified.key_id.empty()) out.member("key_id", verified.key_id);
  if (!verified.operator_name.empty()) out.member("operator", verified.operator_name);
  if (verified.valid_until) out.member("valid_until", base::format_day(*verified.valid_until));
  if (verified.revocation) {
    out.member("revoked_on", base::format_day(verified.revocation->on));
    out.member("reason", verified.revocation->reason);
  }
  if (verified.key_list_stale) out.member("key_list_stale", true);
  out.end_object();
}

struct Checker {
  qr::BankDirectory const& banks;
  qr::Policy policy;
  gateway::api::WithGuard guard = gateway::api::WithGuard::kYes;
  std::optional<qr::sign::KeyList> keys = std::nullopt;

  /// One result object; false when the code is refused or its signature does not hold.
  bool write(Writer& out, std::string const& text) const {
    bool good = qr::read_payload(text).accepted(policy);
    out.begin_object();
    out.member("text", text);
    write_reading(out, text, policy, banks, guard);
    if (keys) {
      auto const verified = qr::sign::verify_signed(text, *keys, base::system_clock().wall());
      write_signature(out, verified);
      good = good && verified.status == qr::sign::SignatureStatus::kValid;
    }
    out.end_object();
    return good;
  }
};

int verify_lines(Checker const& checker) {
  bool all_good = true;
  for (std::string line; std::getline(std::cin, line);) {
    std::string text;
    Writer out(text);
    auto const value = gateway::json::parse(line);
    std::string const* payload = value ? value->if_string() : nullptr;
    if (payload != nullptr) {
      all_good = checker.write(out, *payload) && all_good;
    } else {
      all_good = false;
      auto const error = value ? base::Error{Errc::kMalformed, "not a JSON string"} : value.error();
      out.begin_object().member("error", to_string(error)).end_object();
    }
    std::printf("%s\n", text.c_str());
  }
  return all_good ? kOk : kFoundBad;
}

void print_for_people(Checker const& checker, std::string const& text) {
  qr::Reading const reading = qr::read_payload(text);
  auto const label = qr::kind_label(qr::classify_kind(text));
  std::printf("%s\n  %s (%s)\n", reading.accepted(checker.policy) ? "valid" : "refused",
              std::string(label.en).c_str(), std::string(label.vi).c_str());
  for (auto const& fault : reading.faults)
    std::printf("  QR-%u %s: %s\n", static_cast<unsigned>(fault.code),
                std::string(qr::tier_name(fault.tier)).c_str(), qr::to_string(fault).c_str());
  if (reading.faults.has_fatal()) return;
  for (auto const& [name, value] : qr::list_fields(reading.payload))
    std::printf("  %-28s %s\n", name.c_str(), value.c_str());
  if (auto const* bank = checker.banks.by_bin(reading.payload.bank_bin))
    std::printf("  %-28s %s, %s\n", "bank", bank->short_name.c_str(), bank->name.c_str());
  if (!checker.keys) return;
  auto const verified = qr::sign::verify_signed(text, *checker.keys, base::system_clock().wall());
  std::printf("  %-28s %s %s\n", "signature",
              std::string(qr::sign::signature_status_name(verified.status)).c_str(),
              verified.operator_name.c_str());
}

}  // namespace

int run_qr_verify(QrCommon const& common, QrVerifyOptions const& options) {
  return with_banks(common, [&](qr::BankDirectory const& banks) -> int {
    Checker checker{banks, options.strict ? qr::Policy::kStrict : qr::Policy::kLenient};
    if (!options.key_list.empty()) {
      auto keys = open_keys(options);
      if (!keys) return report(keys.error());
      checker.keys = std::move(*keys);
    }
    if (options.ndjson) {
      checker.guard = gateway::api::WithGuard::kNo;
      return verify_lines(checker);
    }
    std::string text;
    Writer out(text);
    bool const good = checker.write(out, options.text);
    if (common.json)
      std::printf("%s\n", text.c_str());
    else
      print_for_people(checker, options.text);
    return good ? kOk : kFoundBad;
  });
}

int run_qr_classify(QrCommon const& common, std::string const& text) {
  qr::Kind const kind = qr::classify_kind(text);
  auto const label = qr::kind_label(kind);
  if (common.json) {
    std::string json;
    Writer out(json);
    out.begin_object().member("kind", qr::kind_name(kind));
    out.key("label").begin_object().member("vi", label.vi).member("en", label.en).end_object();
    out.end_object();
    std::printf("%s\n", json.c_str());
  } else {
    std::printf("%s\n  %s\n  %s\n", std::string(qr::kind_name(kind)).c_str(),
                std::string(label.en).c_str(), std::string(label.vi).c_str());
  }
  return kind == qr::Kind::kUnknown ? kFoundBad : kOk;
}

int run_qr_scan(QrCommon const& common, std::vector<std::string> const& files) {
  return with_banks(common, [&](qr::BankDirectory const& banks) -> int {
    int exit_code = kOk;
    for (auto const& file : files) {
      auto const texts = [&]() -> Result<std::vector<std::string>> {
        QRPAY_TRY(std::string const bytes, base::read_file(file, qr::picture::kImageBytesMax));
        QRPAY_TRY(auto const image, qr::picture::read_picture(base::as_bytes(bytes)));
        return qr::scan::scan_codes(image);
      }();
      std::string text;
      Writer out(text);
      out.begin_object().member("file", file);
      if (texts) {
        Checker const checker{banks, qr::Policy::kLenient};
        out.key("codes").begin_array();
        for (auto const& code : *texts)
          if (!checker.write(out, code)) exit_code = kFoundBad;
        out.end_array();
      } else {
        exit_code = exit_code_of(texts.error().errc);
        out.member("error", to_string(texts.error()));
      }
      out.end_object();
      std::printf("%s\n", text.c_str());
    }
    return exit_code;
  });
}

}  // namespace qrpay::cli
