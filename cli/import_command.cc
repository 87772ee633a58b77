// What `qrpay ledger import` takes from the command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/config_flags.h"
#include "cli/import.h"

namespace qrpay::cli {

namespace {

struct ImportFlags {
  ConfigFlags config;
  ImportOptions options;
  std::string format;
};

constexpr char const* kFooter =
    "FILE is a CSV of transfers in TigerBeetle's data model (with --accounts, the CSV of its\n"
    "accounts) or Formance's log export. A file with a wrong line changes nothing, and its line\n"
    "and column are named. What an earlier run did is not done twice: an import that was cut "
    "short\n"
    "is run again. Nobody may serve the ledger meanwhile. docs/formats/import.md";

}  // namespace

void add_import_command(CLI::App& ledger, std::function<int()>& run) {
  auto const flags = std::make_shared<ImportFlags>();
  ImportOptions& o = flags->options;
  auto* verb = ledger.add_subcommand("import", "bring in what another ledger did, offline");
  verb->footer(kFooter);
  verb->add_option("file", o.file, "what to read")->required();
  verb->add_option("--format", flags->format, "transfers-csv or formance-ndjson")
      ->required()
      ->check(CLI::IsMember({"transfers-csv", "formance-ndjson"}));
  verb->add_option("--accounts", o.accounts, "CSV of the accounts (transfers-csv)");
  verb->add_option("--ledger", o.ledger, "N=VND: the ledger whose amounts are dong (default 704)");
  verb->add_flag("--split-chains", o.split_chains,
                 "cut linked chains of more than 32 members or 64 postings");
  verb->add_option("--prefix", o.prefix, "before every id (formance-ndjson)");
  verb->add_flag("--json", o.json);
  flags->config.add_to(*verb, /*server=*/false);
  verb->callback([flags, &run] {
    run = [flags] {
      flags->options.format = flags->format == "transfers-csv" ? ImportFormat::kTransfersCsv
                                                               : ImportFormat::kFormanceNdjson;
      return flags->config.with_config(
          [&](Config const& config) { return run_ledger_import(config, flags->options); });
    };
  });
}

}  // namespace qrpay::cli
