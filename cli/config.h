// Configuration: defaults < TOML file < QRPAY_* environment < flags. Parsed once, then const.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "gateway/http/server.h"
#include "ledger/data_dir.h"

namespace qrpay::cli {

inline constexpr std::string_view kDefaultConfigFile = "/etc/qrpay/qrpay.toml";

struct Config {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  unsigned threads = 2;
  std::string tls_certificate;
  std::string tls_key;
  std::string data_dir = "/var/lib/qrpay";
  std::string vault_dir;  ///< "" = below data_dir
  std::string keys_dir;   ///< "" = below data_dir
  std::string credentials_dir;  ///< where secrets are looked for first (systemd); "" = nowhere
  std::string vault_copies;  ///< directories with ':' between; every erasure brings them up to date
  bool accept_clock = false;
  std::uint64_t disk_headroom_mib = engine::kDiskHeadroomBytes >> 20;  ///< below it: disk_full
  std::int64_t slow_sync_ms = engine::kSlowSync / 1'000;               ///< above it: slow_disk
  std::string banks_file;  ///< "" = the compiled-in list
  std::string brand_dir;   ///< SVG marks for posters; "" = none
  bool vietqr_io = true;   ///< serve the faces of vietqr.io (gateway/compat), open to all

  std::vector<std::string> witness_urls;
  std::vector<std::string> witness_keys;  ///< vkeys of type 0x04, in the order of the urls
  unsigned witness_quorum = 0;            ///< 0 = their cosignatures are good to have
  std::int64_t witness_interval_ms = 1'000;
  std::string witness_ca_file;  ///< for https; "" = the system's authorities

  [[nodiscard]] ledger::DataPaths paths() const;
  [[nodiscard]] gateway::http::ServerOptions server() const;
};

/// One setting by name, e.g. "server.port" = "8080"; from the environment QRPAY_SERVER_PORT. A list
/// is its texts with commas between them; in the file it is an array.
using Overrides = std::map<std::string, std::string>;

struct ConfigSources {
  std::string file;       ///< "" = kDefaultConfigFile if it exists
  Overrides environment;  ///< QRPAY_*, by setting name
  Overrides flags;
};

/// QRPAY_SERVER_PORT=1 -> {"server.port": "1"}. Errors: kConfigInvalid, a name nobody defined.
[[nodiscard]] base::Result<Overrides> read_environment(std::vector<std::string> const& environment);

/// Errors: kConfigInvalid: unknown key (with file and line), wrong type or range, TLS half given,
/// an address beyond loopback without TLS.
[[nodiscard]] base::Result<Config> load_config(ConfigSources const& sources);

/// All settings, as a TOML file that gives the same configuration.
[[nodiscard]] std::string format_config(Config const& config);

}  // namespace qrpay::cli
