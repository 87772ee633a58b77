// The wiring: from a configuration to a running server, in the order that safety asks for.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/world.h"
#include "cli/config.h"
#include "engine/engine.h"
#include "engine/restart.h"
#include "gateway/api/services.h"
#include "gateway/http/server.h"

namespace qrpay::cli {

/// What `init` made. The token is shown once and kept nowhere.
struct Initialised {
  std::string origin;
  std::string log_vkey;
  std::string operator_token;
};

/// An empty ledger with its Genesis and first operator key ("operator").
/// Errors: kDataDirNotEmpty and others of create_data().
[[nodiscard]] base::Result<Initialised> initialise(Config const& config, std::string const& name);

class App {
 public:
  /// Opens and checks everything, loads the state, replays the journal after it, listens. Without
  /// the vault or a dedupe secret it serves what needs neither, read-only. Refuses by name: see
  /// open_data(), check_identity(), engine::restart(), engine::check_secrets(),
  /// CheckpointSigner::open(), kClockBehind, kAddressInUse.
  /// `on_fatal` is called when a write or sync failed: the process must end.
  [[nodiscard]] static base::Result<std::unique_ptr<App>> start(
      Config const& config, engine::Engine::FatalHandler on_fatal);
  /// stop()s.
  ~App();

  /// Lets running requests finish for a moment, then everything accepted becomes durable.
  void stop();
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::uint64_t records_at_start() const { return records_at_start_; }
  [[nodiscard]] std::vector<std::string> const& warnings() const { return services_->warnings; }

 private:
  App(Config config, ledger::OpenedData data);
  [[nodiscard]] base::Result<void> load_lists();
  [[nodiscard]] base::Result<engine::State> restart();
  /// The signer, and what witnesses remember when its own memory is gone.
  [[nodiscard]] base::Result<void> open_proofs(ledger::Identity const& identity);
  [[nodiscard]] base::Result<void> make_followers(engine::State const& state);
  void name_warnings();
  [[nodiscard]] base::Result<void> wire(engine::State state, engine::Engine::FatalHandler on_fatal);

  // In the order of construction; destroyed backwards.
  Config config_;
  ledger::OpenedData data_;
  ledger::Tagger tagger_;
  gateway::auth::KeyRing keys_;
  std::unique_ptr<ledger::Log> log_;
  std::unique_ptr<ledger::RocksIndex> projections_;
  std::unique_ptr<engine::Projector> projector_;
  std::unique_ptr<ledger::CheckpointSigner> signer_;
  std::unique_ptr<ledger::Closings> closings_;
  std::unique_ptr<gateway::witness::CheckpointKeeper> keeper_;
  engine::LocalLog inbox_;
  std::unique_ptr<gateway::notify::Records> records_;
  std::unique_ptr<gateway::notify::Hub> hub_;
  std::unique_ptr<gateway::api::Worker> worker_;
  std::unique_ptr<gateway::api::Worker> pictures_;
  std::unique_ptr<gateway::api::Worker> erasures_;
  std::unique_ptr<engine::Eraser> eraser_;
  std::optional<qr::BankDirectory> own_banks_;             ///< of qr.banks
  std::shared_ptr<qr::poster::Brand const> brand_;         ///< of qr.brand_dir
  std::optional<gateway::http::AnswersTogether> answers_;  // answer thread, in a batch
  std::unique_ptr<engine::Engine> engine_;
  gateway::http::RouteCounts requests_;
  std::unique_ptr<gateway::api::Services> services_;
  std::unique_ptr<gateway::http::Server> server_;
  bool rebuilt_ = false;      ///< the projections, at the start
  bool unprotected_ = false;  ///< neither a high-water file nor a witness knew what was signed
  std::uint64_t records_at_start_ = 0;
};

}  // namespace qrpay::cli
