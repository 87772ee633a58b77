#include "cli/import.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "cli/identity.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "engine/restart.h"
#include "engine/secrets.h"
#include "gateway/json/writer.h"
#include "import/import.h"
#include "import/sources.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::int64_t kClockBehindMax = 5 * base::kSecond;  // as when it is served

Result<std::uint32_t> read_ledger(std::string const& text) {
  if (text.empty()) return import::kVndLedger;
  std::size_t const sign = text.find('=');
  auto const number = import::parse_u128(text.substr(0, sign));
  bool const fits = number && number->high == 0 && number->low <= 0xFFFF'FFFF;
  if (sign == std::string::npos || text.substr(sign) != "=VND" || !fits)
    return fail(Errc::kUsage, "--ledger: a number and =VND, as in 704=VND");
  return static_cast<std::uint32_t>(number->low);
}

Result<import::Source> open_source(ImportOptions const& options) {
  if (options.format == ImportFormat::kFormanceNdjson) {
    if (!options.accounts.empty() || !options.ledger.empty() || options.split_chains)
      return fail(Errc::kUsage, "--accounts, --ledger and --split-chains are of transfers-csv");
    return import::formance_ndjson(options.file, {.prefix = options.prefix});
  }
  if (options.accounts.empty()) return fail(Errc::kUsage, "--accounts FILE is missing");
  if (!options.prefix.empty()) return fail(Errc::kUsage, "--prefix is of formance-ndjson");
  QRPAY_TRY(std::uint32_t const ledger, read_ledger(options.ledger));
  return import::transfers_csv({.accounts = options.accounts, .transfers = options.file},
                               {.ledger = ledger, .split_chains = options.split_chains});
}

std::string_view name_of(import::Phase phase) {
  switch (phase) {
    case import::Phase::kCheck: return "checking";
    case import::Phase::kAccounts: return "opening accounts";
    case import::Phase::kTransfers: return "importing";
    case import::Phase::kCompare: return "comparing";
  }
  return "";
}

Result<base::Sequence> operator_of(engine::State const& state) {
  for (auto const& [sequence, key] : state.keys())
    if (key.role == engine::Role::kOperator && !key.revoked) return base::Sequence(sequence);
  return fail(Errc::kForbidden, "no operator's key is left to import with");
}

/// The ledger with its engine, and nobody else's: no server, no events, nothing expires.
class Offline {
 public:
  explicit Offline(ledger::OpenedData data)
      : data_(std::move(data)), tagger_(data_.secrets.dedupe) {}
  ~Offline() {
    if (engine_) engine_->stop();
    if (projector_) projector_->stop();
  }

  Result<void> start(ledger::DataPaths const& paths) {
    QRPAY_TRY(auto mark, ledger::DurableMark::open(paths.durable_mark()));
    log_ = std::make_unique<ledger::Log>(*data_.store, std::move(mark));
    QRPAY_TRY(
        engine::Restarted restarted,
        engine::restart({.projections = paths.projections(), .log = *log_, .vault = data_.vault}));
    QRPAY_TRY_VOID(engine::check_secrets(restarted.state, tagger_, data_.secrets.server));
    projections_ = std::move(restarted.projections);
    projector_ = std::make_unique<engine::Projector>(*projections_, *log_);
    QRPAY_TRY(actor_, operator_of(restarted.state));
    last_time_ = restarted.state.last_time();
    if (base::system_clock().wall() < base::later(last_time_, -kClockBehindMax))
      return fail(Errc::kClockBehind, "the clock is behind the last record");
    QRPAY_TRY_VOID(settle_identity(restarted.state.identity(), paths, data_));
    QRPAY_TRY(signer_, open_signer(restarted.state.identity(), paths, data_, *log_));
    engine::EngineOptions options;
    options.disk_path = paths.dir;
    options.may_expire = false;
    engine_ = std::make_unique<engine::Engine>(
        engine::Engine::Parts{.state = std::move(restarted.state),
                              .log = *log_,
                              .vault = data_.vault,
                              .tagger = tagger_,
                              .clock = base::system_clock(),
                              .inbox = inbox_,
                              .projector = projector_.get()},
        options, nullptr, [](base::Error const& error) { std::_Exit(report(error)); });
    projector_->start();
    engine_->start();
    return {};
  }

  /// Everything accepted is durable and under a checkpoint. Errors: the signer's.
  Result<void> stop() {
    if (!engine_) return {};
    engine_->stop();
    projector_->stop();
    engine_.reset();
    auto const signed_now = signer_->sign_now();
    if (!signed_now) return base::Unexpected(signed_now.error());
    return {};
  }

  [[nodiscard]] import::Parts parts() const {
    return {.engine = *engine_,
            .tagger = tagger_,
            .actor = actor_,
            .now = std::max(last_time_, base::system_clock().wall())};
  }

 private:
  ledger::OpenedData data_;
  ledger::Tagger tagger_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<ledger::RocksIndex> projections_;
  std::unique_ptr<engine::Projector> projector_;
  std::unique_ptr<ledger::CheckpointSigner> signer_;
  engine::LocalLog inbox_;
  std::unique_ptr<engine::Engine> engine_;
  base::Sequence actor_;
  base::WallTime last_time_;
};

Result<import::Report> import_into(Config const& config, import::Source const& source) {
  QRPAY_TRY(ledger::OpenedData data, ledger::open_data(config.paths(), {}, check_identity));
  Offline offline(std::move(data));
  QRPAY_TRY_VOID(offline.start(config.paths()));
  import::Parts parts = offline.parts();
  std::optional<ProgressBar> bar(std::in_place);
  parts.on_progress = [&bar](import::Progress const& progress) {
    bar->show(name_of(progress.phase), progress.done, progress.total);
  };
  auto done = import::run(source, parts);
  bar.reset();
  QRPAY_TRY_VOID(offline.stop());
  return done;
}

void print_json(import::Report const& done) {
  std::string text;
  gateway::json::Writer(text)
      .begin_object()
      .member("lines", done.counts.lines)
      .member("commands", done.counts.steps)
      .member("nothing_moved", done.counts.nothing_moved)
      .member("expired", done.counts.expired)
      .member("accounts", done.accounts)
      .member("new_records", done.new_records)
      .member("repeated", done.repeated)
      .member("posted", done.posted)
      .member("held", done.held)
      .member("different_balances", done.different)
      .end_object();
  std::printf("%s\n", text.c_str());
}

void print_text(import::Report const& done) {
  auto const number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "imported: %llu lines, %llu new records (%llu were there)\n"
      "  moved nothing  %llu lines\n  expired        %llu holds\n"
      "  posted         %lld VND, held %lld VND\n  accounts       %llu, ",
      number(done.counts.lines), number(done.new_records), number(done.repeated),
      number(done.counts.nothing_moved), number(done.counts.expired),
      static_cast<long long>(done.posted), static_cast<long long>(done.held),
      number(done.accounts));
  if (done.different == 0) {
    std::printf("every balance is that of the file\n");
    return;
  }
  auto const& [id, file, ledger] = done.first;
  std::printf(
      "%llu BALANCES DIFFER\n  first          %s: debits %lld and credits %lld in the "
      "file, %lld and %lld here\n",
      number(done.different), id.c_str(), static_cast<long long>(file.posted_debit),
      static_cast<long long>(file.posted_credit), static_cast<long long>(ledger.posted_debit),
      static_cast<long long>(ledger.posted_credit));
}

}  // namespace

int run_ledger_import(Config const& config, ImportOptions const& options) {
  auto const source = open_source(options);
  if (!source) return report(source.error());
  auto const done = import_into(config, *source);
  if (!done) return report(done.error());
  options.json ? print_json(*done) : print_text(*done);
  return done->different == 0 ? kOk : kFoundBad;
}

}  // namespace qrpay::cli
