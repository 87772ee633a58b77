// QR codes as JSON: what a text says, and what a caller wants printed. Shared by HTTP and the CLI.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/json/object_reader.h"
#include "gateway/json/writer.h"
#include "qr/banks.h"
#include "qr/build.h"
#include "qr/payload.h"

namespace qrpay::gateway::api {

/// Whether the sticker guard is told: it takes 2 ms, on purpose (qr/sign/sticker_guard.h).
enum class WithGuard : bool { kNo, kYes };

/// Members of the open object: valid, policy, kind, label, faults (number, code, tier,
/// offset, path), fields (nested, by the names of qr::list_fields), and for a VietQR that is not
/// refused bank (when `banks` knows it), amount and guard. Says everything there is to say, so that
/// a till shows why a code does not work.
void write_reading(json::Writer& out, std::string_view text, qr::Policy policy,
                   qr::BankDirectory const& banks, WithGuard guard);

/// One bank's members, into the open object.
void write_bank(json::Writer& out, qr::Bank const& bank);

/// A code to be printed, with the text that its PayloadSpec looks into.
struct CodeRequest {
  std::string bank;  ///< BIN, code, short name, SWIFT or alias
  std::string account;
  qr::Service service = qr::Service::kTransferToAccount;
  std::optional<base::Vnd> amount;
  std::string note;  ///< with accents; normalised into 62.08
  bool order_bound = false;
  std::string mcc;
  std::string merchant_name;
  std::string merchant_city;
  std::string postal_code;
  std::optional<qr::Tip> tip;
  struct Labels {
    std::string bill_number;
    std::string mobile_number;
    std::string store_label;
    std::string loyalty_number;
    std::string reference_label;
    std::string customer_label;
    std::string terminal_label;
    std::string consumer_data_request;
  } additional;
  std::string language;  ///< 64: ISO 639, with its name and city
  std::string language_name;
  std::string language_city;
};

/// Reads the members that POST /v1/qr describes; the caller's finish() reports.
[[nodiscard]] CodeRequest read_code_request(json::ObjectReader& in);

/// The payload. A note is folded to plain letters and refused, not cut, when it is over 25
/// characters: what is cut off may be what the shop's books look for.
/// Errors: kNotFound, no such bank; kInvalidField with the pointer; those of qr::build_payload().
[[nodiscard]] base::Result<std::string> build_code(CodeRequest const& request,
                                                   qr::BankDirectory const& banks);

}  // namespace qrpay::gateway::api
