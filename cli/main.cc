// qrpay: one binary, `qrpay <noun> <verb>`.
#include <CLI/CLI.hpp>
#include <functional>

#include "cli/config_flags.h"
#include "cli/qr_verbs.h"
#include "cli/verbs.h"

namespace {

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
    "  qrpay ledger trial-balance --from 2026-11-01 --to 2026-11-30    CSV\n"
    "  qrpay ledger export --tiles public    the log as static files for other people's tools\n"
    "  qrpay ledger backup --to /mnt/b       copy the journal, beside the server too\n"
    "  qrpay ledger verify-export public --key 'origin+hash+key'\n"
    "  qrpay ledger import --format transfers-csv --accounts accounts.csv transfers.csv\n"
    "  qrpay ledger archive --before 2026-01-01 --to /srv/archive\n"
    "  qrpay keys rotate-dedupe --backup /mnt/usb   a new secret for tags; the old stays in use\n"
    "  qrpay ledger erase-personal --id e1 --payer 970436:0011 --url ... --token-file ...\n"
    "  qrpay vault backup --to /mnt/second   the keys of personal data, sealed\n"
    "  qrpay ledger restore --from backup    go on from a backup, under the next origin\n"
    "  qrpay keys rotate-log                 a new log key; the old one signs on until retired\n"
    "  qrpay ledger check --dir /var/lib/qrpay   every balance and index against the journal\n"
    "  qrpay ledger upgrade --dir /var/lib/qrpay  once, before a newer qrpay serves it\n"
    "  qrpay proof verify receipt.txt --key 'origin+hash+key'\n"
    "  qrpay proof verify photo.png --policy policy.txt   a receipt's QR code; who must cosign\n"
    "  qrpay witness serve --dir w --log 'origin+hash+key'   cosign a log that only grows\n"
    "Exit codes: 0 ok, 1 checked and found bad, 2 usage, 3 configuration, 4 network, 5 storage\n";

}  // namespace

int main(int argc, char** argv) {
  namespace cli = qrpay::cli;
  CLI::App app{kHelp};
  app.require_subcommand(1);
  app.set_version_flag("--version", "qrpay 0.1.0");
  std::function<int()> run;
  cli::add_server_commands(app, run);
  cli::add_qr_commands(app, run);
  CLI::App& ledger = *app.add_subcommand("ledger", "the ledger");
  ledger.require_subcommand(1);
  cli::add_check_commands(ledger, run);
  cli::add_erase_commands(ledger, run);
  cli::add_vault_commands(app, run);
  cli::add_backup_commands(ledger, run);
  cli::add_folder_command(ledger, run);
  cli::add_import_command(ledger, run);
  cli::add_proof_commands(app, run);
  cli::add_witness_commands(app, run);
  cli::add_restore_commands(ledger, run);
  cli::add_keys_commands(app, run);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    int const code = app.exit(error);
    return code == 0 ? 0 : cli::kUsage;
  }
  return run();
}
