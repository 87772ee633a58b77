// The trial balance of any period: for each account and in total, opening + debit - credit =
// closing, of what is posted and of what is held.
#include <memory>

#include "engine/authority.h"
#include "gateway/api/entries.h"
#include "gateway/api/ledger_accounts.h"
#include "gateway/api/moments.h"
#include "gateway/api/pieces.h"
#include "gateway/api/routes.h"
#include "gateway/api/trial_rows.h"

namespace qrpay::gateway::api {

namespace {

constexpr std::size_t kAccountsInPiece = 500;  // 60 KiB of CSV, 5 ms of reads

void write_movement(json::Writer& out, std::string_view name, Movement const& movement) {
  out.key(name).begin_object();
  out.key("opening").raw(audit::to_text(movement.opening));
  out.key("debit").raw(audit::to_text(movement.debit));
  out.key("credit").raw(audit::to_text(movement.credit));
  out.key("closing").raw(audit::to_text(movement.closing));
  out.end_object();
}

/// {"after", "until", "accounts": [...], "total": {...}}: without its total it was cut.
class TrialJson {
 public:
  explicit TrialJson(Stretch const& stretch) : stretch_(stretch), out_(text_) {}
  std::string begin() {
    out_.begin_object();
    out_.member("currency", "VND");
    out_.member("after", stretch_.after.value());
    out_.member("until", stretch_.until.value());
    out_.key("accounts").begin_array();
    return std::exchange(text_, {});
  }
  void add(ledger::AccountId const& account, Movements const& movements) {
    out_.begin_object();
    write_ledger_account(out_, account);
    write_both(movements);
    out_.end_object();
  }
  void end(Movements const& total) {
    out_.end_array();
    out_.key("total").begin_object();
    write_both(total);
    out_.end_object();
    out_.end_object();
  }
  std::string take() { return std::exchange(text_, {}); }

 private:
  void write_both(Movements const& movements) {
    write_movement(out_, "posted", movements.posted);
    write_movement(out_, "held", movements.held);
  }
  Stretch const stretch_;
  std::string text_;
  json::Writer out_;
};

class TrialCsv {
 public:
  explicit TrialCsv(Stretch const& /*stretch*/) {}
  std::string begin() { return std::string(kTrialHeader); }
  void add(ledger::AccountId const& account, Movements const& movements) {
    add_trial_row(text_, account, movements);
  }
  void end(Movements const& total) { add_trial_total(text_, total); }
  std::string take() { return std::exchange(text_, {}); }

 private:
  std::string text_;
};

template <class Form>
class TrialPieces {
 public:
  TrialPieces(std::unique_ptr<ledger::PeriodScan> scan, Stretch const& stretch)
      : scan_(std::move(scan)), form_(stretch) {}

  Result<std::optional<std::string>> next() {
    if (ended_) return std::optional<std::string>();
    std::string text = begun_ ? "" : form_.begin();
    begun_ = true;
    QRPAY_TRY(auto const lines, scan_->next(kAccountsInPiece));
    for (auto const& line : lines) {
      Movements const movements = movements_of(line);
      total_.add(movements);
      form_.add(line.account, movements);
    }
    if (lines.empty()) {
      form_.end(total_);
      ended_ = true;
    }
    return std::optional(text + form_.take());
  }

 private:
  std::unique_ptr<ledger::PeriodScan> scan_;
  Form form_;
  Movements total_;
  bool begun_ = false;
  bool ended_ = false;
};

template <class Form>
std::shared_ptr<http::ChunkSource> stream(Services& services, ledger::RocksIndex const& projections,
                                          Stretch const& stretch) {
  auto const trial = std::make_shared<TrialPieces<Form>>(
      projections.period(stretch.after, stretch.until), stretch);
  return pieces(services.worker, [trial] { return trial->next(); });
}

Result<HttpResponse> answer_trial(Services& services, Period const& period, Format format,
                                  Sequence last) {
  QRPAY_TRY(auto const* projections, projections_of(services));
  QRPAY_TRY(Stretch const stretch, stretch_of(services.log, period, last));
  HttpResponse response;
  bool const is_csv = format == Format::kCsv;
  response.content_type = is_csv ? kCsvType : "application/json";
  response.source = is_csv ? stream<TrialCsv>(services, *projections, stretch)
                           : stream<TrialJson>(services, *projections, stretch);
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

void get_trial_balance(Services& services, Call const& call) {
  auto const period = read_period(call);
  if (!period) return call.refuse(period.error());
  auto const format = read_format(call);
  if (!format) return call.refuse(format.error());
  if (refused_reader(call)) return;
  Sequence const actor = call.principal().key;
  ask<Sequence>(
      services, call,
      [actor](engine::State const& state) -> Result<Sequence> {
        QRPAY_TRY(auto const* key, engine::find_key(state, actor));
        static_cast<void>(key);
        return state.last();
      },
      [&services, call, period = *period, format = *format](Result<Sequence> last) {
        if (!last) return call.refuse(last.error());
        auto const queued = services.worker.run([&services, call, period, format, last = *last] {
          auto response = answer_trial(services, period, format, last);
          if (!response) return call.refuse(response.error());
          call.answer(std::move(*response));
        });
        if (!queued) call.refuse(queued.error());
      });
}

}  // namespace

void add_trial_balance_routes(Services& services, http::Router& router) {
  router.add(http::Method::kGet, "/v1/ledger/trial-balance",
             authenticated(services, get_trial_balance));
}

}  // namespace qrpay::gateway::api
