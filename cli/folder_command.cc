// qrpay ledger verify-export: an exported folder and a public key, nothing else.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/files.h"
#include "cli/config_flags.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "ledger/folder_check.h"

namespace qrpay::cli {

namespace {

using base::Errc;
using base::Result;

struct FolderFlags {
  std::string folder;
  std::string key;
  std::vector<std::string> kept;
  std::vector<std::string> witnesses;
  bool json = false;
};

// A verifier key, or a file whose first line is one.
Result<ledger::VerifierKey> read_key(std::string const& flag, std::string const& key) {
  if (auto const parsed = ledger::parse_vkey(key)) return parsed;
  auto const text = base::read_file(key, 4096);
  auto parsed = ledger::parse_vkey(text ? text->substr(0, text->find('\n')) : "");
  if (parsed) return parsed;
  return base::fail(Errc::kUsage, flag + ": neither a verifier key nor a file with one");
}

Result<ledger::FolderCheckOptions> read_options(FolderFlags const& flags) {
  ledger::FolderCheckOptions options;
  QRPAY_TRY(options.key, read_key("--key", flags.key));
  for (auto const& witness : flags.witnesses) {
    QRPAY_TRY(auto key, read_key("--witness", witness));
    options.witnesses.push_back(std::move(key));
  }
  for (auto const& name : flags.kept) {
    auto note = base::read_file(name, ledger::kNoteBytesMax);
    if (!note) return base::fail(Errc::kUsage, "--kept: " + note.error().detail);
    options.kept.push_back({name, std::move(*note)});
  }
  return options;
}

int verify_export(FolderFlags const& flags) {
  auto options = read_options(flags);
  if (!options) return report(options.error());
  Result<ledger::FolderReport> const checked = [&] {
    ProgressBar bar;
    options->on_progress = [&bar](std::uint64_t done, std::uint64_t total) {
      bar.show("checking", done, total);
    };
    return ledger::check_folder(flags.folder, *options);
  }();
  if (!checked) {
    std::printf("BAD %s\n", checked.error().detail.c_str());
    return kFoundBad;
  }
  std::string const root = base::to_base64(checked->root);
  std::string const book = base::to_hex(checked->book);
  if (flags.json) {
    std::string text;
    gateway::json::Writer(text)
        .begin_object()
        .member("origin", checked->origin)
        .member("size", checked->size)
        .member("root", root)
        .member("accounts", checked->accounts)
        .member("book", book)
        .end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  std::printf("%s: sound\n  records   %llu\n  root      %s\n  accounts  %llu\n  book      %s\n",
              checked->origin.c_str(), static_cast<unsigned long long>(checked->size), root.c_str(),
              static_cast<unsigned long long>(checked->accounts), book.c_str());
  return kOk;
}

}  // namespace

void add_folder_command(CLI::App& ledger, std::function<int()>& run) {
  auto const flags = std::make_shared<FolderFlags>();
  auto* verb = ledger.add_subcommand(
      "verify-export", "check an exported folder alone: files, records, balances, signature");
  verb->footer(
      "Have the key from the operator in person, never from the folder. Prints BAD and the first\n"
      "file that does not hold, exit code 1. A second program does the same, for whoever does not\n"
      "trust this one: audit/verifier/qrpay_audit.py. docs/formats/export.md");
  verb->add_option("dir", flags->folder, "the folder")->required();
  verb->add_option("--key", flags->key, "the log's verifier key, or a file with it")->required();
  verb->add_option("--kept", flags->kept, "a checkpoint from before; may be given again");
  verb->add_option("--witness", flags->witnesses, "key of a witness that must have cosigned");
  verb->add_flag("--json", flags->json);
  verb->callback([flags, &run] { run = [flags] { return verify_export(*flags); }; });
}

}  // namespace qrpay::cli
