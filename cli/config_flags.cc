#include "cli/config_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "cli/verbs.h"

extern char** environ;

namespace qrpay::cli {

void ConfigFlags::add_to(CLI::App& verb, bool server) {
  verb.add_option("--config", file, "TOML file (default /etc/qrpay/qrpay.toml if there)");
  verb.add_option("--dir", dir, "data directory");
  if (!server) return;
  verb.add_option("--address", address, "address to listen on");
  verb.add_option("--port", port, "port to listen on; 0 = any free one");
  verb.add_flag("--accept-clock", accept_clock, "trust the clock after a long stop");
}

base::Result<Config> ConfigFlags::load() const {
  ConfigSources sources;
  sources.file = file;
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  QRPAY_TRY(sources.environment, read_environment(environment));
  if (!dir.empty()) sources.flags["data.dir"] = dir;
  if (!address.empty()) sources.flags["server.address"] = address;
  if (!port.empty()) sources.flags["server.port"] = port;
  if (accept_clock) sources.flags["data.accept_clock"] = "true";
  return load_config(sources);
}

int ConfigFlags::with_config(std::function<int(Config const&)> const& use) const {
  auto const loaded = load();
  return loaded ? use(*loaded) : report(loaded.error());
}

}  // namespace qrpay::cli
