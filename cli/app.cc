#include "cli/app.h"

#include <cstdio>

#include "base/files.h"
#include "cli/identity.h"
#include "cli/offline.h"
#include "engine/genesis.h"
#include "engine/secrets.h"
#include "gateway/api/routes.h"
#include "gateway/compat/vietqr_io.h"
#include "ledger/locked_memory.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::int64_t kClockBehindMax = 5 * base::kSecond;
constexpr std::int64_t kLongStop = 24 * base::kHour;
constexpr std::int64_t kStopDeadlineMs = 5'000;
/// A witness that does not answer must not hold back a restart that takes three seconds in all.
constexpr std::int64_t kWitnessStartTimeoutMs = 2'000;
/// Photographs of up to 8 MiB that wait: at 400 ms each the last one waits 10 s.
constexpr std::size_t kPictureJobsMax = 24;

}  // namespace

Result<Initialised> initialise(Config const& config, std::string const& name) {
  auto& entropy = base::system_entropy();
  QRPAY_TRY(ledger::OpenedData data, ledger::create_data(config.paths(), entropy));
  Initialised made;
  // Shard 0, incarnation 1: a restore begins the next one.
  made.origin = name + "/0/1";
  QRPAY_TRY(auto signer, ledger::NoteSigner::make(made.origin, data.secrets.log));
  ledger::Tagger const tagger(data.secrets.dedupe);
  made.log_vkey = format_vkey(signer.verifier_key());

  QRPAY_TRY(auto mark, ledger::DurableMark::open(config.paths().durable_mark()));
  ledger::Log log(*data.store, std::move(mark));
  QRPAY_TRY(engine::State state, engine::replay_state(log, data.vault));
  engine::LocalLog inbox;
  engine::Engine engine({.state = std::move(state),
                         .log = log,
                         .vault = data.vault,
                         .tagger = tagger,
                         .clock = base::system_clock(),
                         .inbox = inbox},
                        {}, nullptr, [](base::Error const&) { std::abort(); });
  engine.start();
  QRPAY_TRY(
      engine::Decided const genesis,
      run_one(engine, engine::make_genesis({made.origin, made.log_vkey,
                                                data.vault->check_value(), tagger.check_value()})));
  (void)genesis;
  gateway::auth::KeyRing const keys(data.secrets.server, tagger);
  engine::PutKey key;
  key.role = engine::Role::kOperator;
  entropy.fill(key.salt);
  engine::Command command;
  command.id = "operator";
  auto const tags = tagger.id_tag(
      {.tenant = base::Sequence(0), .kind = ledger::Kind::kKey, .id = command.id, .revision = 1});
  made.operator_token = keys.bearer_token({tags.newest, key.salt, key.generation});
  key.token_hash = base::sha256(base::as_bytes(made.operator_token));
  command.payload = key;
  QRPAY_TRY(engine::Decided const first_key, run_one(engine, std::move(command)));
  (void)first_key;
  engine.stop();
  // From here on the ledger remembers what it signed, so its first start is a protected one.
  QRPAY_TRY(auto const checkpoints,
            ledger::CheckpointSigner::open(log, std::move(signer), config.paths().high_water()));
  QRPAY_TRY(auto const first, checkpoints->sign_now());
  (void)first;
  return made;
}

App::App(Config config, ledger::OpenedData data)
    : config_(std::move(config)),
      data_(std::move(data)),
      tagger_(data_.secrets.dedupe),
      keys_(data_.secrets.server, tagger_) {}

App::~App() { stop(); }

Result<engine::State> App::restart() {
  QRPAY_TRY(auto mark, ledger::DurableMark::open(config_.paths().durable_mark()));
  log_ = std::make_unique<ledger::Log>(*data_.store, std::move(mark));
  if (log_->stored() == base::Sequence(0))
    return fail(Errc::kJournalTruncated, "the journal has no genesis");
  QRPAY_TRY(engine::Restarted restarted,
            engine::restart({.projections = config_.paths().projections(),
                             .log = *log_,
                             .vault = data_.vault,
                             .on_rebuild =
                                 [this](std::string const& why) {
                                   rebuilt_ = true;
                                   std::fprintf(stderr, "qrpay: rebuilding the projections: %s\n",
                                                why.c_str());
                                 }},
                            [this](ledger::Record const& record) -> Result<void> {
                              keys_.apply(record);
                              return {};
                            }));
  projections_ = std::move(restarted.projections);
  projector_ = std::make_unique<engine::Projector>(*projections_, *log_);
  QRPAY_TRY_VOID(settle_identity(restarted.state.identity(), config_.paths(), data_));
  records_at_start_ = log_->size();
  QRPAY_TRY_VOID(engine::check_secrets(restarted.state, tagger_, data_.secrets.server));
  tagger_ = tagger_.up_to(restarted.state.tag_generation());
  return std::move(restarted.state);
}

Result<void> App::load_lists() {
  if (!config_.brand_dir.empty()) {
    QRPAY_TRY(brand_, qr::poster::Brand::load(config_.brand_dir));
  }
  if (config_.banks_file.empty()) return {};
  QRPAY_TRY(std::string const csv, base::read_file(config_.banks_file, qr::kBankFileBytesMax));
  auto banks = qr::BankDirectory::parse(csv);
  if (!banks) return fail(Errc::kConfigInvalid, config_.banks_file + ": " + banks.error().detail);
  own_banks_ = std::move(*banks);
  return {};
}

Result<void> App::open_proofs(ledger::Identity const& identity) {
  std::string const& origin = identity.origin();
  QRPAY_TRY(auto const note_signers, ledger::log_signers(identity, data_.secrets.log_seeds()));
  std::vector<ledger::NoteSigner const*> signers;
  for (auto const& signer : note_signers) signers.push_back(&signer);
  gateway::witness::Ours const ours{*log_, origin, log_keys_of(identity.now())};
  QRPAY_TRY(auto const witnesses,
            gateway::witness::parse_addresses(config_.witness_urls, config_.witness_keys));
  bool const remembers =
      base::file_exists(config_.paths().high_water(ledger::incarnation_number(origin)));
  if (!remembers) {
    // Size 1 is the Genesis alone: signing it can disagree with nothing that was ever signed.
    QRPAY_TRY(base::Digest const root, log_->root(1));
    QRPAY_TRY(std::string const genesis, sign_checkpoint({origin, 1, root, {}}, signers));
    gateway::http::ClientOptions options;
    options.timeout_ms = kWitnessStartTimeoutMs;
    options.ca_file = config_.witness_ca_file;
    QRPAY_TRY(std::size_t const heard,
              gateway::witness::ask_memory(witnesses, ours, genesis, options));
    unprotected_ = heard == 0;
  }
  QRPAY_TRY(signer_, open_signer(identity, config_.paths(), data_, *log_));
  QRPAY_TRY(closings_, ledger::Closings::open(*log_, *signer_, config_.paths().dir + "/closings"));
  gateway::witness::KeeperOptions options;
  options.interval_ms = config_.witness_interval_ms;
  options.ca_file = config_.witness_ca_file;
  options.quorum = config_.witness_quorum;
  options.alarm_file = config_.paths().keys + "/split-view";
  keeper_ = std::make_unique<gateway::witness::CheckpointKeeper>(
      gateway::witness::CheckpointKeeper::Parts{
          *signer_, *closings_, base::system_clock(), ours, witnesses,
          [](std::string const& line) { std::fprintf(stderr, "qrpay: %s\n", line.c_str()); }},
      options);
  return {};
}

// Those who read behind the engine, and what they may not show.
Result<void> App::make_followers(engine::State const& state) {
  QRPAY_TRY_VOID(open_proofs(state.identity()));
  records_ = std::make_unique<gateway::notify::Records>(*log_, data_.vault);
  hub_ = std::make_unique<gateway::notify::Hub>(
      *records_, base::system_clock(), [this](auto const& event, auto const& decided) {
        return gateway::api::render_event(*records_, event, decided);
      });
  worker_ = std::make_unique<gateway::api::Worker>();
  pictures_ = std::make_unique<gateway::api::Worker>(kPictureJobsMax);
  erasures_ = std::make_unique<gateway::api::Worker>();
  eraser_ = std::make_unique<engine::Eraser>(data_.vault);
  QRPAY_TRY_VOID(eraser_->catch_up(state));
  records_->set_erased(state.erased());
  return {};
}

void App::name_warnings() {
  auto const paths = config_.paths();
  auto const together = base::same_file_system(paths.dir, paths.vault);
  if (together && *together) services_->warnings.emplace_back("vault_on_the_journals_disk");
  if (unprotected_) services_->warnings.emplace_back("unprotected");
  if (!ledger::memory_is_locked()) services_->warnings.emplace_back("vault_not_locked_in_memory");
  if (rebuilt_) services_->warnings.emplace_back("projections_rebuilt");
}

Result<void> App::wire(engine::State state, engine::Engine::FatalHandler on_fatal) {
  auto& clock = base::system_clock();
  std::int64_t const ahead = clock.wall().microseconds() - state.last_time().microseconds();
  if (ahead < -kClockBehindMax)
    return fail(Errc::kClockBehind, "the clock is " + std::to_string(-ahead / base::kSecond) +
                                        " s behind the last record");
  bool const unsure = ahead > kLongStop && !base::is_clock_synchronised() && !config_.accept_clock;

  QRPAY_TRY_VOID(make_followers(state));
  engine::EngineOptions options;
  options.disk_path = config_.data_dir;
  options.disk_headroom_bytes = config_.disk_headroom_mib << 20;
  options.slow_sync = config_.slow_sync_ms * 1'000;
  options.may_expire = !unsure;
  options.on_answered = [this] { answers_.reset(); };
  engine_ = std::make_unique<engine::Engine>(
      engine::Engine::Parts{.state = std::move(state),
                            .log = *log_,
                            .vault = data_.vault,
                            .tagger = tagger_,
                            .clock = clock,
                            .inbox = inbox_,
                            .projector = projector_.get()},
      options,
      [this](engine::Batch const& batch) {
        for (auto const& entry : batch.entries) keys_.apply(entry.decided->record);
        records_->on_durable(batch);
        eraser_->on_durable(batch);
        hub_->on_durable(batch);
        answers_.emplace();
      },
      std::move(on_fatal));
  services_ = std::make_unique<gateway::api::Services>(
      gateway::api::Services{*engine_,
                             *log_,
                             data_.vault,
                             tagger_,
                             *signer_,
                             *closings_,
                             *keeper_,
                             keys_,
                             *records_,
                             *hub_,
                             *worker_,
                             *pictures_,
                             own_banks_ ? *own_banks_ : qr::builtin_banks(),
                             brand_,
                             clock,
                             base::system_entropy(),
                             requests_,
                             *erasures_,
                             *eraser_,
                             {},
                             data_.store->archive()});
  name_warnings();
  projector_->start();
  eraser_->start();
  engine_->start();
  signer_->start();
  keeper_->start();
  hub_->start();
  auto router = gateway::api::make_router(*services_);
  if (config_.vietqr_io) gateway::compat::add_vietqr_io_routes(*services_, router);
  QRPAY_TRY(server_, gateway::http::Server::start(config_.server(), std::move(router), clock));
  return {};
}

Result<std::unique_ptr<App>> App::start(Config const& config,
                                        engine::Engine::FatalHandler on_fatal) {
  QRPAY_TRY(ledger::OpenedData data,
            ledger::open_data(config.paths(), {}, check_identity, ledger::Missing::kAllowed));
  std::unique_ptr<App> app(new App(config, std::move(data)));
  QRPAY_TRY_VOID(app->load_lists());
  QRPAY_TRY(engine::State state, app->restart());
  QRPAY_TRY_VOID(app->wire(std::move(state), std::move(on_fatal)));
  return app;
}

void App::stop() {
  if (hub_) hub_->stop();
  if (server_) server_->stop(kStopDeadlineMs);
  if (worker_) worker_->stop();
  if (pictures_) pictures_->stop();
  if (erasures_) erasures_->stop();
  if (engine_) engine_->stop();
  if (eraser_) eraser_->stop();
  if (projector_) projector_->stop();
  if (keeper_) keeper_->stop();
  if (signer_) {
    auto const last = signer_->sign_now();  // a copy of the disk taken now is covered
    (void)last.has_value();
  }
}

}  // namespace qrpay::cli
