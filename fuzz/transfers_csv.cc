// Any bytes as a CSV of transfers: each line is refused with its number or reads back from its own
// text, and whatever is accepted keeps the books of a naive model.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "import/transfer_book.h"

namespace {

using namespace qrpay::import;
using qrpay::base::Errc;
using qrpay::base::WallTime;
using qrpay::ledger::Account;

constexpr std::string_view kHeader =
    "id,debit_account_id,credit_account_id,amount,pending_id,timeout,ledger,code,flags,timestamp";

std::string text_of(TransferLine const& t) {
  std::string text;
  for (U128 const& value : {t.id, t.debit, t.credit, t.amount, t.pending})
    text += format_u128(value) + ",";
  for (std::uint64_t const value : {std::uint64_t{t.timeout}, std::uint64_t{t.ledger},
                                    std::uint64_t{t.code}, std::uint64_t{t.flags}})
    text += std::to_string(value) + ",";
  return text + std::to_string(t.timestamp);
}

void check_error(qrpay::base::Error const& error) {
  QRPAY_CHECK(error.errc == Errc::kImportRefused && error.detail.starts_with("line "));
  QRPAY_CHECK(qrpay::base::is_utf8(error.detail));
}

/// What the steps alone make of the accounts.
struct Naive {
  std::map<std::string, std::pair<qrpay::engine::PutHold, bool>> holds;
  std::map<std::size_t, Account> accounts;

  Account& at(qrpay::ledger::AccountId const& id) { return accounts[Books::index_of(id)]; }
  void add(qrpay::engine::Transfer const& c, std::string const& /*id*/) {
    at(c.debit).posted_debit += c.amount.dong();
    at(c.credit).posted_credit += c.amount.dong();
  }
  void add(qrpay::engine::PutHold const& c, std::string const& id) {
    QRPAY_CHECK(holds.try_emplace(id, c, true).second || !holds[id].second);
    holds[id] = {c, true};
    at(c.debit).held_debit += c.amount.dong();
    at(c.credit).held_credit += c.amount.dong();
  }
  void end(std::string const& id, std::int64_t posted) {
    QRPAY_CHECK(holds.contains(id) && holds[id].second);
    auto& [hold, open] = holds[id];
    open = false;
    at(hold.debit).held_debit -= hold.amount.dong();
    at(hold.credit).held_credit -= hold.amount.dong();
    QRPAY_CHECK(posted <= hold.amount.dong());
    at(hold.debit).posted_debit += posted;
    at(hold.credit).posted_credit += posted;
  }
  void add(qrpay::engine::PostHold const& c, std::string const& /*id*/) {
    end(c.hold, c.amount->dong());
  }
  void add(qrpay::engine::VoidHold const& c, std::string const& /*id*/) { end(c.hold, 0); }
  void add(qrpay::engine::PutBatch const& c, std::string const& /*id*/) {
    for (auto const& member : c.members)
      std::visit([&](auto const& what) { add(what, member.id); }, member.what);
  }
  template <class Other>
  void add(Other const& /*c*/, std::string const& /*id*/) {
    QRPAY_CHECK(false);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<char const*>(data), size);
  Books books;
  Naive naive;
  Pass pass{.books = books,
            .take = [&](Step&& step) -> qrpay::base::Result<void> {
              std::visit([&](auto const& what) { naive.add(what, step.id); }, step.payload);
              return {};
            },
            .now = WallTime(1'000'000'000'000'000)};
  TransferBook book(pass, {.split_chains = true});
  for (std::uint64_t id = 1; id <= 4; ++id) {
    std::uint16_t const flags = id == 2 ? kDebitsMustNotExceedCredits : 0;
    QRPAY_CHECK(book.add(AccountLine{id, {0, id}, kVndLedger, 1, flags}).has_value());
  }
  auto const columns = read_transfer_columns(*split_row({1, kHeader}));
  bool whole = true;
  for (std::uint64_t number = 2; whole && !rest.empty(); ++number) {
    std::size_t const end = rest.find('\n');
    Line const line{number, rest.substr(0, end)};
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    auto const row = split_row(line);
    auto const read = row ? read_transfer(*row, *columns)
                          : qrpay::base::Result<TransferLine>(qrpay::base::Unexpected(row.error()));
    if (!read) {
      check_error(read.error());
      continue;
    }
    std::string const text = text_of(*read);
    auto const again = read_transfer(*split_row({number, text}), *columns);
    QRPAY_CHECK(again.has_value() && *again == *read);
    auto const added = book.add(*read);
    if (!added) check_error(added.error());
    whole = added.has_value();
  }
  if (whole && book.finish()) {
    for (std::size_t i = 0; i < books.subjects().size(); ++i) {
      Account expected = naive.accounts[i];
      Account const found = books.book().find(books.account_at(i));
      expected.limit = found.limit;
      QRPAY_CHECK(found == expected);
    }
  }
  QRPAY_CHECK(books.book().balances_to_zero());
  return 0;
}
