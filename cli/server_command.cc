// What init, serve, demo and config take from the command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/config_flags.h"
#include "cli/verbs.h"

namespace qrpay::cli {

namespace {

/// Lives as long as the actions that look into it.
struct ServerOptions {
  ConfigFlags config;
  bool json = false;
  std::string name = "qrpay.local";
  ServeOptions serve;
  DemoOptions demo;
};

}  // namespace

void add_server_commands(CLI::App& app, std::function<int()>& run) {
  auto const o = std::make_shared<ServerOptions>();
  auto* init = app.add_subcommand("init", "make a new ledger in an empty directory");
  o->config.add_to(*init, /*server=*/false);
  init->add_option("--name", o->name, "name of the log; part of every proof");
  init->add_flag("--json", o->json);
  init->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& c) { return run_init(c, o->name, o->json); });
    };
  });

  auto* server = app.add_subcommand("serve", "serve a ledger");
  o->config.add_to(*server, /*server=*/true);
  server->add_flag("--next-free-port", o->serve.next_free_port, "or up to 100 ports above");
  server->callback([o, &run] {
    run = [o] {
      return o->config.with_config([&](Config const& c) { return run_serve(c, o->serve); });
    };
  });

  auto* walk = app.add_subcommand("demo", "walk payments through a running server");
  walk->add_option("--dir", o->demo.dir, "empty directory for a new ledger and the files made");
  walk->add_flag("--once", o->demo.once, "stop the server at the end");
  walk->add_option("--url", o->demo.url, "use a server that runs already");
  walk->add_option("--token-file", o->demo.token_file, "its operator's token");
  walk->callback([o, &run] { run = [o] { return run_demo(o->demo); }; });

  auto* settings = app.add_subcommand("config", "configuration");
  settings->require_subcommand(1);
  auto* check = settings->add_subcommand("check", "read everything and print the result");
  o->config.add_to(*check, /*server=*/true);
  check->callback([o, &run] {
    run = [o] {
      return o->config.with_config([](Config const& c) {
        std::printf("%s", format_config(c).c_str());
        return 0;
      });
    };
  });
}

}  // namespace qrpay::cli
