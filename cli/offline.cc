#include "cli/offline.h"

#include <cstdio>
#include <cstdlib>
#include <future>
#include <utility>

#include "cli/identity.h"
#include "engine/secrets.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;
using engine::Reply;

Result<engine::Decided> run_one(engine::Engine& engine, engine::Command command) {
  auto answered = std::make_shared<std::promise<Reply>>();
  auto future = answered->get_future();
  QRPAY_TRY_VOID(engine.submit(std::move(command),
                               [answered](Reply const& reply) { answered->set_value(reply); }));
  Reply const reply = future.get();
  if (reply.kind != Reply::Kind::kDecided) return base::Unexpected(reply.error);
  return *reply.decided;
}

Result<std::unique_ptr<OfflineLedger>> OfflineLedger::open(Config const& config) {
  QRPAY_TRY(ledger::OpenedData data, ledger::open_data(config.paths(), {}, check_identity));
  return take(config.paths(), std::move(data));
}

Result<std::unique_ptr<OfflineLedger>> OfflineLedger::take(ledger::DataPaths const& paths,
                                                           ledger::OpenedData data) {
  std::unique_ptr<OfflineLedger> ledger(new OfflineLedger(paths, std::move(data)));
  QRPAY_TRY(auto mark, ledger::DurableMark::open(paths.durable_mark()));
  ledger->log_ = std::make_unique<ledger::Log>(*ledger->data_.store, std::move(mark));
  if (ledger->log_->stored() == base::Sequence(0))
    return fail(Errc::kJournalTruncated, "the journal has no genesis");
  QRPAY_TRY(ledger->restarted_, engine::restart({.projections = paths.projections(),
                                                 .log = *ledger->log_,
                                                 .vault = ledger->data_.vault}));
  ledger::Tagger const tagger(ledger->data_.secrets.dedupe);
  auto const& state = ledger->restarted_.state;
  QRPAY_TRY_VOID(engine::check_secrets(state, tagger, ledger->data_.secrets.server));
  if (!tagger.up_to(state.tag_generation()).complete())
    return fail(Errc::kReadOnly, "secret_missing: a generation of the dedupe secret");
  constexpr std::int64_t kBehindMax = 5 * base::kSecond;
  if (base::system_clock().wall() < base::later(state.last_time(), -kBehindMax))
    return fail(Errc::kClockBehind, "the clock is behind the last record");
  ledger->identity_ = state.identity();
  ledger->last_time_ = state.last_time();
  QRPAY_TRY_VOID(check_identity(ledger->identity_, ledger->data_));
  return ledger;
}

void OfflineLedger::add_secret(engine::SecretUse use, std::uint32_t generation,
                               base::Secret const& secret) {
  auto& secrets = data_.secrets;
  (use == engine::SecretUse::kTags ? secrets.dedupe : secrets.server).put(generation, secret);
}

Result<engine::Decided> OfflineLedger::run(engine::Command command) {
  ledger::Tagger const tagger(data_.secrets.dedupe);
  engine::LocalLog inbox;
  engine::EngineOptions options;
  options.may_expire = false;  // only what was asked for
  engine::Engine engine({.state = std::move(restarted_.state),
                         .log = *log_,
                         .vault = data_.vault,
                         .tagger = tagger,
                         .clock = base::system_clock(),
                         .inbox = inbox},
                        options, nullptr, [](base::Error const& error) {
                          std::fprintf(stderr, "qrpay: %s\n", to_string(error).c_str());
                          std::_Exit(5);  // as `serve` does: nothing may happen after a failed sync
                        });
  engine.start();
  auto decided = run_one(engine, std::move(command));
  engine.stop();
  if (!decided) return decided;
  identity_.apply(decided->record);
  last_time_ = decided->record.log_time;
  return decided;
}

Result<ledger::CheckpointSigner::Signed> OfflineLedger::sign() {
  QRPAY_TRY_VOID(settle_identity(identity_, paths_, data_));
  QRPAY_TRY(auto const signer, open_signer(identity_, paths_, data_, *log_));
  return signer->sign_now();
}

}  // namespace qrpay::cli
