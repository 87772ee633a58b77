#include "gateway/api/qr_view.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "qr/kind.h"
#include "qr/sign/sticker_guard.h"

namespace qrpay::gateway::api {

using base::Errc;
using base::fail;
using base::Result;
using json::ObjectReader;
using json::Writer;

namespace {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

bool is_index(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "additional.purpose" and its neighbours become one object, "also.0" and its neighbours a list.
/// Names of one group follow each other; there is one level of groups. A tag of `unreserved` is a
/// name and no index.
void write_fields(Writer& out, NamedValues const& fields) {
  out.key("fields").begin_object();
  for (std::size_t i = 0; i < fields.size();) {
    std::string const& name = fields[i].first;
    auto const dot = name.find('.');
    if (dot == std::string::npos) {
      out.member(name, fields[i++].second);
      continue;
    }
    std::string const group = name.substr(0, dot + 1);
    bool const list = group != "unreserved." && is_index(std::string_view(name).substr(dot + 1));
    out.key(group.substr(0, dot));
    if (list)
      out.begin_array();
    else
      out.begin_object();
    for (; i < fields.size() && fields[i].first.starts_with(group); ++i) {
      if (list)
        out.string(fields[i].second);
      else
        out.member(fields[i].first.substr(group.size()), fields[i].second);
    }
    if (list)
      out.end_array();
    else
      out.end_object();
  }
  out.end_object();
}

void write_faults(Writer& out, qr::FaultList const& faults) {
  out.key("faults").begin_array();
  for (auto const& fault : faults) {
    out.begin_object();
    out.member("number", static_cast<unsigned>(fault.code));
    out.member("code", qr::fault_name(fault.code));
    out.member("tier", qr::tier_name(fault.tier));
    out.member("offset", fault.offset);
    out.member("path", fault.path.text());
    out.end_object();
  }
  out.end_array();
}

}  // namespace

void write_bank(Writer& out, qr::Bank const& bank) {
  out.member("bin", bank.bin);
  if (!bank.code.empty()) out.member("code", bank.code);
  out.member("short_name", bank.short_name);
  out.member("name", bank.name);
  if (!bank.swift.empty()) out.member("swift", bank.swift);
}

void write_reading(Writer& out, std::string_view text, qr::Policy policy,
                   qr::BankDirectory const& banks, WithGuard with_guard) {
  qr::Reading const reading = qr::read_payload(text);
  qr::Kind const kind = qr::classify_kind(text);
  out.member("valid", reading.accepted(policy));
  out.member("policy", policy == qr::Policy::kStrict ? "strict" : "lenient");
  out.member("kind", qr::kind_name(kind));
  out.key("label").begin_object();
  out.member("vi", qr::kind_label(kind).vi).member("en", qr::kind_label(kind).en).end_object();
  write_faults(out, reading.faults);
  if (reading.faults.has_fatal()) {
    out.key("fields").begin_object().end_object();
    return;
  }
  write_fields(out, qr::list_fields(reading.payload));
  if (reading.payload.amount_vnd) out.member("amount", reading.payload.amount_vnd->dong());
  if (reading.payload.scheme != qr::Scheme::kVietQr) return;
  if (qr::Bank const* bank = banks.by_bin(reading.payload.bank_bin)) {
    out.key("bank").begin_object();
    write_bank(out, *bank);
    out.end_object();
  }
  if (with_guard == WithGuard::kNo) return;
  auto const guard = qr::sign::sticker_guard(reading.payload);
  out.key("guard").begin_object();
  out.member("fingerprint", guard.fingerprint).member("colour", guard.colour_word).end_object();
}

namespace {

// Longer than any field of a payload: the builder says which limit was passed, and where.
constexpr std::size_t kTextMax = 200;

std::string text_of(ObjectReader& in, std::string_view name) {
  return in.optional_string(name, 1, kTextMax).value_or("");
}

void read_merchant(ObjectReader& in, CodeRequest& request) {
  auto merchant = in.optional_object("merchant");
  if (!merchant) return;
  request.merchant_name = text_of(*merchant, "name");
  request.merchant_city = text_of(*merchant, "city");
  request.mcc = text_of(*merchant, "mcc");
  request.postal_code = text_of(*merchant, "postal_code");
}

void read_additional(ObjectReader& in, CodeRequest::Labels& labels) {
  auto additional = in.optional_object("additional");
  if (!additional) return;
  labels.bill_number = text_of(*additional, "bill_number");
  labels.mobile_number = text_of(*additional, "mobile_number");
  labels.store_label = text_of(*additional, "store_label");
  labels.loyalty_number = text_of(*additional, "loyalty_number");
  labels.reference_label = text_of(*additional, "reference_label");
  labels.customer_label = text_of(*additional, "customer_label");
  labels.terminal_label = text_of(*additional, "terminal_label");
  labels.consumer_data_request = text_of(*additional, "consumer_data_request");
}

void read_language(ObjectReader& in, CodeRequest& request) {
  auto language = in.optional_object("language");
  if (!language) return;
  request.language = language->string("preference", 1, kTextMax);
  request.language_name = language->string("merchant_name", 1, kTextMax);
  request.language_city = text_of(*language, "merchant_city");
}

void read_tip(ObjectReader& in, CodeRequest& request) {
  auto object = in.optional_object("tip");
  if (!object) return;
  qr::Tip tip;
  tip.kind = static_cast<qr::Tip::Kind>(object->choice("kind", {"prompt", "fixed", "percent"}) + 1);
  if (tip.kind == qr::Tip::Kind::kFixed)
    tip.fixed = base::Vnd(object->integer("amount", 1, base::kAmountMax.dong()));
  if (tip.kind == qr::Tip::Kind::kPercent)
    tip.percent_hundredths =
        static_cast<std::uint16_t>(object->integer("percent_hundredths", 1, 9'999));
  request.tip = tip;
}

constexpr qr::Service kServices[] = {qr::Service::kTransferToAccount, qr::Service::kTransferToCard,
                                     qr::Service::kPush, qr::Service::kCash};

}  // namespace

CodeRequest read_code_request(ObjectReader& in) {
  CodeRequest request;
  request.bank = in.string("bank", 1, kTextMax);
  request.account = in.string("account", 1, kTextMax);
  if (auto const choice =
          in.optional_choice("service", {"QRIBFTTA", "QRIBFTTC", "QRPUSH", "QRCASH"}))
    request.service = kServices[*choice];
  if (auto const amount = in.optional_integer("amount", 1, base::kAmountMax.dong()))
    request.amount = base::Vnd(*amount);
  request.note = text_of(in, "note");
  request.order_bound = in.optional_boolean("order_bound").value_or(false);
  read_merchant(in, request);
  read_tip(in, request);
  read_additional(in, request.additional);
  read_language(in, request);
  return request;
}

Result<std::string> build_code(CodeRequest const& request, qr::BankDirectory const& banks) {
  // A six-digit identifier needs no row in the list: lists are always behind.
  bool const is_bin = request.bank.size() == 6 && is_index(request.bank);
  qr::Bank const* bank = is_bin ? nullptr : banks.find(request.bank);
  if (!is_bin && bank == nullptr)
    return fail(Errc::kInvalidField, "/bank: no such bank; see `qrpay qr banks`");
  std::string const purpose = base::normalise_content(request.note, kTextMax);
  if (purpose.size() > qr::kAdditionalCharactersMax)
    return fail(Errc::kInvalidField, "/note: over 25 plain characters");
  auto const& labels = request.additional;
  qr::PayloadSpec spec;
  spec.service = request.service;
  spec.bank_bin = bank == nullptr ? std::string_view(request.bank) : bank->bin;
  spec.account = request.account;
  spec.amount = request.amount;
  spec.order_bound = request.order_bound;
  spec.mcc = request.mcc;
  spec.merchant_name = request.merchant_name;
  spec.merchant_city = request.merchant_city;
  spec.postal_code = request.postal_code;
  spec.tip = request.tip;
  spec.additional.bill_number = labels.bill_number;
  spec.additional.mobile_number = labels.mobile_number;
  spec.additional.store_label = labels.store_label;
  spec.additional.loyalty_number = labels.loyalty_number;
  spec.additional.reference_label = labels.reference_label;
  spec.additional.customer_label = labels.customer_label;
  spec.additional.terminal_label = labels.terminal_label;
  spec.additional.consumer_data_request = labels.consumer_data_request;
  spec.additional.purpose = purpose;
  spec.language = {request.language, request.language_name, request.language_city};
  return qr::build_payload(spec);
}

}  // namespace qrpay::gateway::api
