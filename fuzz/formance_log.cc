// Any bytes as lines of Formance's log export: refused with line and pointer, or read back from
// their own text; what is accepted balances.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "base/time_text.h"
#include "gateway/json/writer.h"
#include "import/formance.h"

namespace {

using namespace qrpay::import;
using qrpay::base::Errc;
using qrpay::gateway::json::Writer;

void check_error(qrpay::base::Error const& error) {
  QRPAY_CHECK(error.errc == Errc::kImportRefused && error.detail.starts_with("line "));
  QRPAY_CHECK(qrpay::base::is_utf8(error.detail));
}

std::string text_of(FormanceLog const& log) {
  std::string text;
  Writer out(text);
  out.begin_object().member("id", log.id);
  out.member("type", log.transaction ? "NEW_TRANSACTION" : "SET_METADATA");
  if (log.transaction) {
    out.key("data").begin_object().key("transaction").begin_object();
    out.member("id", log.transaction->id);
    // Written with milliseconds, so the rest is compared apart.
    out.member("timestamp", qrpay::base::format_time(log.transaction->time));
    out.key("postings").begin_array();
    for (auto const& posting : log.transaction->postings)
      out.begin_object()
          .member("source", posting.source)
          .member("destination", posting.destination)
          .member("amount", posting.amount.dong())
          .member("asset", "VND")
          .end_object();
    out.end_array().end_object().end_object();
  }
  out.end_object();
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<char const*>(data), size);
  Books books;
  Pass pass{.books = books, .now = qrpay::base::WallTime(7'000'000'000'000'000)};
  FormanceBook book(pass, {});
  for (std::uint64_t number = 1; !rest.empty(); ++number) {
    std::size_t const end = rest.find('\n');
    Line const line{number, rest.substr(0, end)};
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    auto const log = read_formance(line);
    if (!log) {
      check_error(log.error());
      continue;
    }
    std::string const text = text_of(*log);
    auto again = read_formance({number, text});
    QRPAY_CHECK(again.has_value());
    if (log->transaction) {
      auto const cut = [](auto time) { return time.microseconds() / 1000; };
      QRPAY_CHECK(cut(again->transaction->time) == cut(log->transaction->time));
      again->transaction->time = log->transaction->time;
    }
    QRPAY_CHECK(*again == *log);
    auto const added = book.add(*log);
    if (!added) check_error(added.error());
    if (!added) break;
    QRPAY_CHECK(books.counts.lines == books.counts.steps + books.counts.nothing_moved);
  }
  QRPAY_CHECK(books.book().balances_to_zero());
  return 0;
}
