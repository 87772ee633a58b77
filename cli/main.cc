// qrpay: one binary, `qrpay <noun> <verb>`.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "cli/qr_verbs.h"
#include "cli/verbs.h"

extern char** environ;

namespace {

using qrpay::cli::Config;
using qrpay::cli::ConfigSources;

constexpr char const* kHelp =
    "qrpay: an engine for QR cashless payments in Vietnam\n\n"
    "Examples:\n"
    "  qrpay demo --dir demo                 a server and a walk of payments through it\n"
    "  qrpay init --dir /var/lib/qrpay       a new ledger; prints the operator's key once\n"
    "  qrpay serve --dir /var/lib/qrpay      serve it on 127.0.0.1:8080\n"
    "  qrpay qr make --bank VCB --account 0011002233 --amount 45000 --note DH123\n"
    "  qrpay qr verify 00020101021138...     every fault with its place\n"
    "  qrpay qr scan photo.jpg               read the codes in a picture\n"
    "  qrpay qr poster --bank VCB --account 0011002233 --shop 'Chị Hoa' --out poster.pdf\n"
    "  qrpay ledger verify /var/lib/qrpay    check every record, beside the server too\n"
    "  qrpay ledger export --tiles public    the log as static files for other people's tools\n"
    "  qrpay proof verify receipt.txt --key 'origin+hash+key'\n"
    "Exit codes: 0 ok, 1 checked and found bad, 2 usage, 3 configuration, 4 network, 5 storage\n";

/// Flags that set configuration, shared by the verbs that read it.
struct ConfigFlags {
  std::string file;
  std::string dir;
  std::string address;
  std::string port;
  bool accept_clock = false;

  void add_to(CLI::App& verb, bool with_server) {
    verb.add_option("--config", file, "TOML file (default /etc/qrpay/qrpay.toml if there)");
    verb.add_option("--dir", dir, "data directory");
    if (!with_server) return;
    verb.add_option("--address", address, "address to listen on");
    verb.add_option("--port", port, "port to listen on; 0 = any free one");
    verb.add_flag("--accept-clock", accept_clock, "trust the clock after a long stop");
  }
  [[nodiscard]] qrpay::base::Result<Config> load() const {
    ConfigSources sources;
    sources.file = file;
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    QRPAY_TRY(sources.environment, qrpay::cli::read_environment(environment));
    if (!dir.empty()) sources.flags["data.dir"] = dir;
    if (!address.empty()) sources.flags["server.address"] = address;
    if (!port.empty()) sources.flags["server.port"] = port;
    if (accept_clock) sources.flags["data.accept_clock"] = "true";
    return qrpay::cli::load_config(sources);
  }
};

/// Everything the command line can say, and what to run then.
struct CommandLine {
  CLI::App app{kHelp};
  ConfigFlags config;
  bool json = false;
  std::string name = "qrpay.local";
  qrpay::cli::ServeOptions serve;
  qrpay::cli::DemoOptions demo;
  std::string text;
  std::string keys_dir;
  std::string tiles_dir;
  std::string key;
  std::function<int()> run;

  CommandLine();

 private:
  void add_server_verbs();
  void add_check_verbs();
  int with_config(std::function<int(Config const&)> const& use) const {
    auto const loaded = config.load();
    return loaded ? use(*loaded) : qrpay::cli::report(loaded.error());
  }
};

CommandLine::CommandLine() {
  app.require_subcommand(1);
  app.set_version_flag("--version", "qrpay 0.1.0");
  add_server_verbs();
  qrpay::cli::add_qr_commands(app, run);
  add_check_verbs();
}

void CommandLine::add_server_verbs() {
  auto* init = app.add_subcommand("init", "make a new ledger in an empty directory");
  config.add_to(*init, /*with_server=*/false);
  init->add_option("--name", name, "name of the log; part of every proof");
  init->add_flag("--json", json);
  init->callback([this] {
    run = [this] {
      return with_config([this](Config const& c) { return qrpay::cli::run_init(c, name, json); });
    };
  });

  auto* server = app.add_subcommand("serve", "serve a ledger");
  config.add_to(*server, /*with_server=*/true);
  server->add_flag("--next-free-port", serve.next_free_port, "or up to 100 ports above");
  server->callback([this] {
    run = [this] {
      return with_config([this](Config const& c) { return qrpay::cli::run_serve(c, serve); });
    };
  });

  auto* walk = app.add_subcommand("demo", "walk payments through a running server");
  walk->add_option("--dir", demo.dir, "empty directory for a new ledger and the files made");
  walk->add_flag("--once", demo.once, "stop the server at the end");
  walk->add_option("--url", demo.url, "use a server that runs already");
  walk->add_option("--token-file", demo.token_file, "its operator's token");
  walk->callback([this] { run = [this] { return qrpay::cli::run_demo(demo); }; });

  auto* settings = app.add_subcommand("config", "configuration");
  settings->require_subcommand(1);
  auto* check = settings->add_subcommand("check", "read everything and print the result");
  config.add_to(*check, /*with_server=*/true);
  check->callback([this] {
    run = [this] {
      return with_config([](Config const& c) {
        std::printf("%s", qrpay::cli::format_config(c).c_str());
        return 0;
      });
    };
  });
}

void CommandLine::add_check_verbs() {
  auto* ledger = app.add_subcommand("ledger", "the ledger");
  ledger->require_subcommand(1);
  auto* verify = ledger->add_subcommand("verify", "check every record, balance and the root");
  verify->add_option("dir", text, "data directory")->required();
  verify->add_option("--keys", keys_dir, "directory of the high-water file (default DIR/keys)");
  verify->add_flag("--json", json);
  verify->callback(
      [this] { run = [this] { return qrpay::cli::run_ledger_verify(text, keys_dir, json); }; });

  auto* rebuild = ledger->add_subcommand("rebuild", "make indexes and balances anew, offline");
  config.add_to(*rebuild, /*with_server=*/false);
  rebuild->callback(
      [this] { run = [this] { return with_config(qrpay::cli::run_ledger_rebuild); }; });

  auto* tiles = ledger->add_subcommand("export", "write the log as static files (C2SP tlog-tiles)");
  tiles->add_option("--tiles", tiles_dir, "folder to write, or to bring up to date")->required();
  tiles->add_option("--config", config.file, "TOML file (default /etc/qrpay/qrpay.toml if there)");
  tiles->add_option("--data", config.dir, "data directory (default: the configured one)");
  tiles->add_option("--keys", keys_dir, "directory of the high-water file (default: configured)");
  tiles->add_flag("--json", json);
  tiles->callback([this] {
    run = [this] {
      return with_config([this](Config const& c) {
        std::string const keys = keys_dir.empty() ? c.paths().keys : keys_dir;
        return qrpay::cli::run_ledger_export({c.paths().dir, keys, tiles_dir}, json);
      });
    };
  });

  auto* proof = app.add_subcommand("proof", "receipts");
  proof->require_subcommand(1);
  auto* check = proof->add_subcommand("verify", "check a receipt offline");
  check->add_option("file", text, "the receipt")->required();
  check->add_option("--key", key, "the log's verifier key, or a file with it")->required();
  check->add_flag("--json", json);
  check->callback(
      [this] { run = [this] { return qrpay::cli::run_proof_verify(text, key, json); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  try {
    line.app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    int const code = line.app.exit(error);
    return code == 0 ? 0 : qrpay::cli::kUsage;
  }
  return line.run();
}
