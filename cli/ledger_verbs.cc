// qrpay ledger verify, qrpay ledger export: a check that needs nobody's word, and the files for
// those who check with programs of their own.
#include <cstdio>

#include "cli/progress.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "ledger/verify.h"

namespace qrpay::cli {

using gateway::json::Writer;

int run_ledger_verify(std::string const& dir, std::string const& keys_dir, bool json) {
  ledger::VerifyOptions options;
  options.keys = keys_dir.empty() ? dir + "/keys" : keys_dir;
  auto const checked = [&] {
    ProgressBar bar;
    options.on_progress = [&bar](std::uint64_t done, std::uint64_t total) {
      bar.show("verifying", done, total);
    };
    return ledger::verify_directory(dir, options);
  }();
  if (!checked) return report(checked.error());
  std::string const root = base::to_base64(checked->root);
  if (json) {
    std::string text;
    Writer(text)
        .begin_object()
        .member("origin", checked->origin)
        .member("records", checked->durable)
        .member("root", root)
        .member("accounts", checked->accounts)
        .member("balances_to_zero", checked->balances_to_zero)
        .member("book", base::to_hex(checked->book))
        .member("signed_size", checked->signed_size)
        .member("beside_server", checked->beside_server)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "%s: sound\n  records   %llu (durable)%s\n  root      %s\n  accounts  %llu, %s\n"
      "  signed    size %llu agrees\n",
      checked->origin.c_str(), static_cast<unsigned long long>(checked->durable),
      checked->beside_server ? ", beside a running server" : "", root.c_str(),
      static_cast<unsigned long long>(checked->accounts),
      checked->balances_to_zero ? "all balances sum to zero" : "UNBALANCED",
      static_cast<unsigned long long>(checked->signed_size));
  return checked->balances_to_zero ? kOk : kFoundBad;
}

int run_ledger_export(ledger::ExportPaths const& paths, bool json) {
  auto const exported = ledger::export_tiles(paths);
  if (!exported) return report(exported.error());
  std::string const root = base::to_base64(exported->root);
  if (json) {
    std::string text;
    Writer(text)
        .begin_object()
        .member("origin", exported->origin)
        .member("size", exported->size)
        .member("root", root)
        .member("previous_size", exported->previous_size)
        .member("files_written", exported->files_written)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf(
      "%s: exported to %s\n  records   %llu (%llu were there)\n  root      %s\n"
      "  files     %llu written\n",
      exported->origin.c_str(), paths.tiles.c_str(),
      static_cast<unsigned long long>(exported->size),
      static_cast<unsigned long long>(exported->previous_size), root.c_str(),
      static_cast<unsigned long long>(exported->files_written));
  return kOk;
}

}  // namespace qrpay::cli
