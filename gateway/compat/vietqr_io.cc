#include "gateway/compat/vietqr_io.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "gateway/api/qr_view.h"
#include "qr/poster/card.h"

namespace qrpay::gateway::compat {

using api::Call;
using api::CodeRequest;
using api::Services;
using base::Errc;
using base::fail;
using base::Result;
using http::HttpResponse;
using json::Value;

namespace {

constexpr std::string_view kSuffixes[] = {"png", "jpg", "svg"};
constexpr std::string_view kContentTypes[] = {"image/png", "image/jpeg", "image/svg+xml"};
constexpr std::size_t kAccountMin = 6;  // of /v2/generate

/// Of kSuffixes and kContentTypes; nullopt when it is none of them.
std::optional<std::size_t> suffix_index(std::string_view text) {
  auto const found = std::find(std::begin(kSuffixes), std::end(kSuffixes), text);
  if (found == std::end(kSuffixes)) return std::nullopt;
  return static_cast<std::size_t>(found - std::begin(kSuffixes));
}

/// What both faces ask for.
struct Wanted {
  CodeRequest code;
  std::string holder;
  qr::poster::CardTemplate card{};
};

Result<base::Vnd> read_amount(std::string_view text) {
  std::int64_t dong = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), dong);
  if (error != std::errc() || end != text.data() + text.size() || dong < 1 ||
      dong > base::kAmountMax.dong())
    return fail(Errc::kInvalidField, "amount: whole dong, 1 or more");
  return base::Vnd(dong);
}

Result<std::string> draw(Wanted const& wanted, std::string const& payload,
                         qr::poster::CardFormat format, qr::BankDirectory const& banks) {
  return qr::poster::draw_card(
      {.payload = payload, .holder = wanted.holder, .card = wanted.card, .banks = &banks}, format);
}

// --- POST /v2/generate ---------------------------------------------------------------------------

/// A member that is text, or a number: the service's own samples send account numbers as numbers.
std::optional<std::string> text_or_number(Value const& body, std::string_view name) {
  Value const* value = body.find(name);
  if (value == nullptr) return std::nullopt;
  if (auto const* text = value->if_string()) return *text;
  if (auto const* number = value->if_integer()) return std::to_string(*number);
  return std::nullopt;
}

/// Members that nobody defined are passed over, as there: a client sends what it always sent.
Result<Wanted> read_generate(Value const& body) {
  Wanted wanted;
  wanted.code.account = text_or_number(body, "accountNo").value_or("");
  if (wanted.code.account.size() < kAccountMin)
    return fail(Errc::kInvalidField, "/accountNo: 6 to 19 characters");
  wanted.code.bank = text_or_number(body, "acqId").value_or("");
  if (wanted.code.bank.empty()) return fail(Errc::kMissingField, "/acqId");
  wanted.holder = text_or_number(body, "accountName").value_or("");
  if (auto const amount = text_or_number(body, "amount"); amount && !amount->empty()) {
    QRPAY_TRY(wanted.code.amount, read_amount(*amount));
  }
  wanted.code.note = text_or_number(body, "addInfo").value_or("");
  auto const card =
      qr::poster::find_card_template(text_or_number(body, "template").value_or("compact2"));
  if (!card) return fail(Errc::kInvalidField, "/template: no such template");
  wanted.card = *card;
  return wanted;
}

HttpResponse refused(base::Error const& error) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("code", http::problem_code(error.errc)).member("desc", to_string(error));
  out.null_member("data");
  out.end_object();
  return http::json_response(std::move(text), http::http_status(error.errc));
}

Result<std::string> generated(Wanted const& wanted, qr::BankDirectory const& banks) {
  QRPAY_TRY(std::string const payload, api::build_code(wanted.code, banks));
  QRPAY_TRY(std::string const png, draw(wanted, payload, qr::poster::CardFormat::kPng, banks));
  QRPAY_TRY(auto const reading, qr::parse_payload(payload, qr::Policy::kStrict));
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("code", "00").member("desc", "Gen VietQR successful!");
  out.key("data").begin_object();
  std::int64_t bin = 0;
  std::from_chars(reading.bank_bin.data(), reading.bank_bin.data() + reading.bank_bin.size(), bin);
  out.member("acpId", reading.bank_bin);
  out.member("acqId", bin);
  out.member("accountName", wanted.holder);
  out.member("qrCode", payload);
  out.member("qrDataURL", "data:image/png;base64," + base::to_base64(base::as_bytes(png)));
  out.end_object().end_object();
  return text;
}

void post_generate(Services& services, Call const& call) {
  auto const body = api::read_body(call.request());
  if (!body) return call.answer(refused(body.error()));
  auto wanted = read_generate(*body);
  if (!wanted) return call.answer(refused(wanted.error()));
  auto const queued = services.pictures.run([&services, call, wanted = std::move(*wanted)] {
    auto text = generated(wanted, services.banks);
    call.answer(text ? http::json_response(std::move(*text)) : refused(text.error()));
  });
  if (!queued) call.answer(refused(queued.error()));
}

// --- GET /v2/banks -------------------------------------------------------------------------------

void get_banks(Services& services, Call const& call) {
  auto const& banks = services.banks.all();
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("code", "00");
  out.member("desc", "Get Bank list successful! Total " + std::to_string(banks.size()) + " banks");
  out.key("data").begin_array();
  std::int64_t id = 0;
  for (auto const& bank : banks) {
    auto const flag = [](std::optional<bool> known) { return known.value_or(false) ? 1 : 0; };
    out.begin_object();
    out.member("id", ++id).member("name", bank.name).member("code", bank.code);
    out.member("bin", bank.bin).member("shortName", bank.short_name).member("logo", "");
    out.member("transferSupported", flag(bank.transfer_supported));
    out.member("lookupSupported", flag(bank.lookup_supported));
    out.member("short_name", bank.short_name);
    out.member("support", flag(bank.transfer_supported));
    out.member("isTransfer", flag(bank.transfer_supported));
    if (bank.swift.empty())
      out.null_member("swift_code");
    else
      out.member("swift_code", bank.swift);
    out.end_object();
  }
  out.end_array().end_object();
  call.answer(http::json_response(std::move(text)));
}

// --- GET /image/... ------------------------------------------------------------------------------

Result<Wanted> read_quick_link(Call const& call, QuickLink const& link) {
  Wanted wanted;
  wanted.code.bank = link.bank;
  wanted.code.account = link.account;
  wanted.card = link.card;
  if (auto const amount = call.query("amount"); amount && !amount->empty()) {
    QRPAY_TRY(wanted.code.amount, read_amount(*amount));
  }
  wanted.code.note = call.query("addInfo").value_or("");
  wanted.holder = call.query("accountName").value_or("");
  return wanted;
}

void get_image(Services& services, Call const& call) {
  std::string const segment = call.param("code");
  auto const link = parse_quick_link(segment);
  if (!link) return call.refuse({Errc::kNotFound, "<bank>-<account>-<template>.<png|jpg|svg>"});
  auto wanted = read_quick_link(call, *link);
  if (!wanted) return call.refuse(wanted.error());
  std::size_t const suffix = *suffix_index(link->suffix);
  auto const queued = services.pictures.run([&services, call, suffix, wanted = std::move(*wanted)] {
    auto const payload = api::build_code(wanted.code, services.banks);
    if (!payload) return call.refuse(payload.error());
    auto picture =
        draw(wanted, *payload, static_cast<qr::poster::CardFormat>(suffix + 1), services.banks);
    if (!picture) return call.refuse(picture.error());
    HttpResponse response;
    response.content_type = kContentTypes[suffix];
    // The same link is the same picture for ever; a day is what a change of the bank list waits.
    response.headers.push_back({"Cache-Control", "public, max-age=86400"});
    response.body = std::move(*picture);
    call.answer(std::move(response));
  });
  if (!queued) call.refuse(queued.error());
}

}  // namespace

std::optional<QuickLink> parse_quick_link(std::string_view segment) {
  auto const first = segment.find('-');
  auto const last = segment.rfind('-');
  auto const dot = segment.rfind('.');
  if (first == std::string_view::npos || first == last || dot == std::string_view::npos ||
      dot < last)
    return std::nullopt;
  auto const card = qr::poster::find_card_template(segment.substr(last + 1, dot - last - 1));
  if (!card) return std::nullopt;
  QuickLink const link{segment.substr(0, first), segment.substr(first + 1, last - first - 1), *card,
                       segment.substr(dot + 1)};
  if (link.bank.empty() || link.account.empty() || !suffix_index(link.suffix)) return std::nullopt;
  return link;
}

void add_vietqr_io_routes(Services& services, http::Router& router) {
  router.add(http::Method::kPost, "/v2/generate", api::open_to_all(services, post_generate));
  router.add(http::Method::kGet, "/v2/banks", api::open_to_all(services, get_banks));
  router.add(http::Method::kGet, "/image/{code}", api::open_to_all(services, get_image));
}

}  // namespace qrpay::gateway::compat
