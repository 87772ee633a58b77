#include "import/formance.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "gateway/json/json.h"

namespace qrpay::import {

using base::Result;
using base::Vnd;
using gateway::json::Value;

namespace {

/// Looks members up and keeps the place for the error.
class Place {
 public:
  Place(std::uint64_t line, Value const& value, std::string pointer = "")
      : line_(line), value_(value), pointer_(std::move(pointer)) {}

  [[nodiscard]] Result<Place> member(std::string_view name) const {
    Value const* found = value_.find(name);
    std::string pointer = gateway::json::child_pointer(pointer_, name);
    if (found == nullptr) return refuse(line_, pointer, "missing");
    return Place(line_, *found, std::move(pointer));
  }
  [[nodiscard]] Result<std::string> text(std::string_view name) const {
    QRPAY_TRY(Place const at, member(name));
    if (auto const* text = at.value_.if_string()) return *text;
    return at.wrong("not a text");
  }
  [[nodiscard]] Result<std::int64_t> number(std::string_view name) const {
    QRPAY_TRY(Place const at, member(name));
    auto const* number = at.value_.if_integer();
    if (number != nullptr && *number >= 0) return *number;
    return at.wrong("not a whole number from 0");
  }
  [[nodiscard]] base::Unexpected<base::Error> wrong(std::string_view words) const {
    return refuse(line_, pointer_, words);
  }
  [[nodiscard]] base::Unexpected<base::Error> wrong(std::string_view name,
                                                    std::string_view words) const {
    return refuse(line_, gateway::json::child_pointer(pointer_, name), words);
  }
  [[nodiscard]] Value const& value() const { return value_; }
  [[nodiscard]] Place element(std::size_t index) const {
    return {line_, (*value_.if_array())[index], gateway::json::child_pointer(pointer_, index)};
  }

 private:
  std::uint64_t line_;
  Value const& value_;
  std::string pointer_;
};

Result<FormancePosting> read_posting(Place const& place) {
  FormancePosting posting;
  QRPAY_TRY(posting.source, place.text("source"));
  QRPAY_TRY(posting.destination, place.text("destination"));
  QRPAY_TRY(std::string const asset, place.text("asset"));
  if (asset != "VND" && asset != "VND/0") return place.wrong("asset", "only VND is settled");
  // A coloured amount is another kind of money with the same name.
  auto const* const colour = place.value().find("color");
  bool const plain = colour == nullptr || colour->is_null() || *colour == Value(std::string());
  if (!plain) return place.wrong("color", "money of a colour is not kept apart here");
  QRPAY_TRY(std::int64_t const amount, place.number("amount"));
  posting.amount = Vnd(amount);
  if (posting.amount > base::kAmountMax) return place.wrong("amount", "over 9999999999999 dong");
  return posting;
}

Result<FormanceTransaction> read_transaction(Place const& data) {
  QRPAY_TRY(Place const place, data.member("transaction"));
  FormanceTransaction transaction;
  QRPAY_TRY(transaction.id, place.number("id"));
  QRPAY_TRY(std::string const text, place.text("timestamp"));
  auto const time = base::parse_time(text);
  if (!time) return place.wrong("timestamp", "not a time like 2026-11-24T10:04:05.678901Z");
  transaction.time = *time;
  QRPAY_TRY(Place const postings, place.member("postings"));
  if (postings.value().if_array() == nullptr) return postings.wrong("not an array");
  for (std::size_t i = 0; i < postings.value().if_array()->size(); ++i) {
    QRPAY_TRY(FormancePosting posting, read_posting(postings.element(i)));
    transaction.postings.push_back(std::move(posting));
  }
  return transaction;
}

bool is_name(std::string_view text) {
  static constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-";
  return !text.empty() && text.find_first_not_of(kCharacters) == std::string_view::npos;
}

}  // namespace

Result<FormanceLog> read_formance(Line const& line) {
  auto const value = gateway::json::parse(line.text, kLineBytesMax);
  if (!value) return refuse(line.number, "", value.error().detail);
  Place const root(line.number, *value);
  if (value->if_object() == nullptr) return root.wrong("not an object");
  FormanceLog log{.line = line.number, .id = 0, .transaction = {}};
  QRPAY_TRY(log.id, root.number("id"));
  QRPAY_TRY(std::string const type, root.text("type"));
  if (type == "SET_METADATA" || type == "DELETE_METADATA") return log;
  if (type != "NEW_TRANSACTION" && type != "REVERTED_TRANSACTION")
    return root.wrong("type", "a kind of log nobody knows");
  QRPAY_TRY(Place const data, root.member("data"));
  QRPAY_TRY(log.transaction, read_transaction(data));
  return log;
}

Result<ledger::AccountId> FormanceBook::account(std::uint64_t line, std::string const& name) {
  auto const found = accounts_.find(name);
  if (found != accounts_.end()) return found->second;
  if (!is_name(name)) return refuse(line, "/data/transaction/postings", "not an account's name");
  std::string id = options_.prefix + name;
  if (id.size() > engine::kCallerIdMax)
    return refuse(line, "/data/transaction/postings",
                  "an account's name of more than 64 characters");
  auto const opened = pass_.books.open({.id = std::move(id), .line = line});
  accounts_.emplace(name, opened);
  return opened;
}

Result<engine::Transfer> FormanceBook::transfer_of(std::uint64_t line,
                                                   FormanceTransaction const& transaction) {
  engine::Transfer transfer{};
  transfer.occurred_at = transaction.time;
  Vnd total;
  for (auto const& posting : transaction.postings) {
    QRPAY_TRY(auto const source, account(line, posting.source));
    QRPAY_TRY(auto const destination, account(line, posting.destination));
    if (posting.amount == Vnd(0) || source == destination) continue;  // moves nothing
    auto const sum = base::checked_add(total, posting.amount);
    if (!sum || *sum > base::kAmountMax)
      return refuse(line, "/data/transaction/postings", "over 9999999999999 dong together");
    total = *sum;
    transfer.legs.push_back({source, posting.amount});
    transfer.legs.push_back({destination, *base::checked_negate(posting.amount)});
  }
  if (transfer.legs.size() > ledger::kPostingsMax)
    return refuse(line, "/data/transaction/postings", "more than 32 that move money");
  if (transfer.legs.size() == 2) {
    transfer.debit = transfer.legs[0].account;
    transfer.credit = transfer.legs[1].account;
    transfer.amount = transfer.legs[0].amount;
    transfer.legs.clear();
  }
  return transfer;
}

Result<void> FormanceBook::add(FormanceLog const& log) {
  // Logs count from 0 or, in later releases, from 1. One that is missing may have moved money.
  bool const follows = last_id_ ? log.id - 1 == *last_id_ : log.id <= 1;
  if (!follows) return refuse(log.line, "/id", "not the one after the line before");
  last_id_ = log.id;
  Books& books = pass_.books;
  ++books.counts.lines;
  if (!log.transaction) {
    ++books.counts.nothing_moved;
    return {};
  }
  if (log.transaction->time > pass_.now)
    return refuse(log.line, "/data/transaction/timestamp", "in the future");
  QRPAY_TRY(engine::Transfer transfer, transfer_of(log.line, *log.transaction));
  Postings postings;
  for (auto const& leg : transfer.legs)
    postings.push_back({.account = leg.account, .amount = leg.amount});
  if (transfer.amount > Vnd(0))
    add_posted(postings, {transfer.debit, transfer.credit, transfer.amount});
  if (postings.empty()) {
    ++books.counts.nothing_moved;
    return {};
  }
  QRPAY_TRY_VOID(books.post(log.line, {postings.data(), postings.size()}));
  return books.give({.line = log.line,
                     .id = options_.prefix + "tx-" + std::to_string(log.transaction->id),
                     .payload = std::move(transfer)},
                    pass_.take);
}

}  // namespace qrpay::import
