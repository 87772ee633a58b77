// What `qrpay qr ...` takes from the command line.
#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/qr_verbs.h"

namespace qrpay::cli {

namespace {

using gateway::api::CodeRequest;
using gateway::api::PictureFormat;
using gateway::api::PictureRequest;

/// All that the verbs can be told. Lives as long as the actions that look into it.
struct QrOptions {
  QrCommon common;
  QrMakeOptions make;
  QrVerifyOptions verify;
  QrPosterOptions poster;
  QrSignOptions sign;
  QrKeyOptions key;
  QrKeyListOptions key_list;
  QrWordsOptions words;
  std::string text;
  std::vector<std::string> files;
  bool csv = false;
};
using OptionsPtr = std::shared_ptr<QrOptions>;

/// Names of an enum for CLI11, which prints them in its help.
template <class Enum>
using Names = std::map<std::string, Enum>;

template <class Enum>
void add_choice(CLI::App& verb, std::string const& flag, Enum& value, Names<Enum> const& names,
                std::string const& help) {
  verb.add_option(flag, value, help)->transform(CLI::CheckedTransformer(names, CLI::ignore_case));
}

void add_amount(CLI::App& verb, CodeRequest& code) {
  verb.add_option_function<std::int64_t>(
          "--amount", [&code](std::int64_t const& dong) { code.amount = base::Vnd(dong); },
          "dong; without it the payer types one")
      ->check(CLI::Range(std::int64_t{1}, base::kAmountMax.dong()));
}

void add_tip(CLI::App& verb, CodeRequest& code) {
  verb.add_flag_callback(
      "--tip-prompt", [&code] { code.tip = qr::Tip{}; }, "the payer's app asks for a tip");
  verb.add_option_function<std::int64_t>(
          "--tip-fixed",
          [&code](std::int64_t const& dong) {
            code.tip = qr::Tip{qr::Tip::Kind::kFixed, base::Vnd(dong), 0};
          },
          "a fee of so many dong on top")
      ->check(CLI::Range(std::int64_t{1}, base::kAmountMax.dong()));
  verb.add_option_function<std::uint16_t>(
          "--tip-percent-hundredths",
          [&code](std::uint16_t const& hundredths) {
            code.tip = qr::Tip{qr::Tip::Kind::kPercent, base::Vnd(0), hundredths};
          },
          "a fee on top in hundredths of a percent")
      ->check(CLI::Range(1, 9'999));
}

void add_code_flags(CLI::App& verb, CodeRequest& code, bool required) {
  auto* bank = verb.add_option("--bank,--bin", code.bank, "BIN, code, name or SWIFT of the bank");
  auto* account = verb.add_option("--account", code.account, "account number, alias or card");
  if (required) {
    bank->required();
    account->required();
  }
  add_amount(verb, code);
  verb.add_option("--note", code.note, "transfer content, up to 25 plain characters");
  add_choice<qr::Service>(verb, "--service", code.service,
                          {{"QRIBFTTA", qr::Service::kTransferToAccount},
                           {"QRIBFTTC", qr::Service::kTransferToCard},
                           {"QRPUSH", qr::Service::kPush},
                           {"QRCASH", qr::Service::kCash}},
                          "default QRIBFTTA");
  verb.add_flag("--order-bound", code.order_bound, "for one order, even without an amount");
  verb.add_option("--merchant-name", code.merchant_name, "up to 25 characters");
  verb.add_option("--merchant-city", code.merchant_city, "up to 15 characters");
  verb.add_option("--mcc", code.mcc, "merchant category, four digits");
  verb.add_option("--postal-code", code.postal_code);
  auto& labels = code.additional;
  verb.add_option("--bill-number", labels.bill_number);
  verb.add_option("--mobile-number", labels.mobile_number);
  verb.add_option("--store-label", labels.store_label);
  verb.add_option("--loyalty-number", labels.loyalty_number);
  verb.add_option("--reference-label", labels.reference_label);
  verb.add_option("--customer-label", labels.customer_label);
  verb.add_option("--terminal-label", labels.terminal_label);
  verb.add_option("--consumer-data-request", labels.consumer_data_request, "of A, M and E");
  verb.add_option("--language", code.language, "two letters, for the next two");
  verb.add_option("--language-name", code.language_name, "merchant name in that language");
  verb.add_option("--language-city", code.language_city);
  add_tip(verb, code);
}

void add_picture_flags(CLI::App& verb, PictureRequest& picture) {
  namespace draw = qr::draw;
  picture.format = PictureFormat::kText;  // a terminal, unless told otherwise
  add_choice<PictureFormat>(verb, "--format", picture.format,
                            {{"png", PictureFormat::kPng},
                             {"svg", PictureFormat::kSvg},
                             {"pdf", PictureFormat::kPdf},
                             {"text", PictureFormat::kText},
                             {"escpos", PictureFormat::kEscPos},
                             {"zpl", PictureFormat::kZpl}},
                            "of the picture; default text");
  add_choice<draw::Use>(verb, "--use", picture.use,
                        {{"screen", draw::Use::kScreen},
                         {"print", draw::Use::kPrint},
                         {"sticker", draw::Use::kSticker},
                         {"centre_mark", draw::Use::kCentreMark}},
                        "how much damage it must bear; default screen");
  verb.add_flag("--compact", picture.compact, "mixed segments: smaller, not for every reader");
  verb.add_option("--pixels", picture.pixels_per_module, "of a module in a PNG")
      ->check(CLI::Range(1u, draw::kPixelsPerModuleMax));
  verb.add_option("--module-um", picture.module_um, "side of a module on paper in micrometres")
      ->check(CLI::Range(draw::kModuleUmMin, draw::kModuleUmMax));
  verb.add_option("--dpi", picture.dots_per_inch, "of a thermal printer")
      ->check(CLI::Range(draw::kDotsPerInchMin, draw::kDotsPerInchMax));
  verb.add_option("--paper-dots", picture.paper_dots, "printable width of its paper")
      ->check(CLI::Range(8u, draw::kPaperDotsMax));
  add_choice<draw::TerminalTheme>(
      verb, "--theme", picture.theme,
      {{"dark", draw::TerminalTheme::kDark}, {"light", draw::TerminalTheme::kLight}},
      "of the terminal; default dark");
}

void add_poster_flags(CLI::App& verb, QrPosterOptions& options) {
  namespace poster = qr::poster;
  auto& p = options.poster;
  verb.add_option("--shop", p.shop_name, "name of the shop")->required();
  verb.add_option("--holder", p.holder, "of the account, as the bank writes it");
  verb.add_option("--line", p.note, "one line of the shop's own");
  verb.add_option("--issued", options.issued, "issue date; default today");
  add_choice<poster::Sheet>(verb, "--sheet", p.sheet,
                            {{"a6", poster::Sheet::kA6},
                             {"a5", poster::Sheet::kA5},
                             {"a4x8", poster::Sheet::kA4Eight},
                             {"strip80", poster::Sheet::kStrip80}},
                            "default a6; a4x8 are eight cards");
  add_choice<poster::Format>(verb, "--format", p.format,
                             {{"pdf", poster::Format::kPdf}, {"png", poster::Format::kPng}},
                             "default pdf");
  verb.add_option("--dpi", p.dpi, "of a PNG")->check(CLI::Range(poster::kDpiMin, poster::kDpiMax));
  add_choice<poster::Language>(
      verb, "--lang", p.language,
      {{"vi", poster::Language::kVietnamese}, {"en", poster::Language::kEnglish}},
      "which comes first; default vi");
  add_choice<qr::Region>(verb, "--region", p.region,
                         {{"north", qr::Region::kNorth}, {"south", qr::Region::kSouth}},
                         "of the amount in words");
  verb.add_option("--brand", options.brand_dir, "folder of the operator's own SVG marks");
}

struct Adder {
  CLI::App& qr;
  OptionsPtr options;
  std::function<int()>& run;

  template <class Action>
  CLI::App& verb(std::string const& name, std::string const& help, Action action) const {
    CLI::App& added = *qr.add_subcommand(name, help);
    added.add_flag("--json", options->common.json, "one JSON object on standard output");
    added.add_option("--banks", options->common.banks_file, "list of banks instead of our own");
    added.callback(
        [this_run = &run, o = options, action] { *this_run = [o, action] { return action(*o); }; });
    return added;
  }
};

void add_making(Adder const& add) {
  QrOptions& o = *add.options;
  CLI::App& make =
      add.verb("make", "make a code", [](QrOptions& q) { return run_qr_make(q.common, q.make); });
  add_code_flags(make, o.make.code, /*required=*/true);
  add_picture_flags(make, o.make.picture);
  make.add_option("--out", o.make.out, "file for the picture; - is standard output");
  // The short way that most people want.
  make.add_option_function<std::string>(
      "--png",
      [&o](std::string const& file) {
        o.make.picture.format = PictureFormat::kPng;
        o.make.out = file;
      },
      "the same as --format png --out FILE");

  CLI::App& poster = add.verb("poster", "draw a poster, cards or a strip",
                              [](QrOptions& q) { return run_qr_poster(q.common, q.poster); });
  add_code_flags(poster, o.poster.code, /*required=*/false);
  auto& p = o.poster.poster;
  poster.add_option("--payload", p.payload, "text of a code, instead of bank and account");
  add_poster_flags(poster, o.poster);
  poster.add_option("--out", o.poster.out, "file; without it standard output");

  CLI::App& words = add.verb("words", "an amount in Vietnamese words",
                             [](QrOptions& q) { return run_qr_words(q.common, q.words); });
  words.add_option("amount", o.words.amount, "dong")
      ->required()
      ->check(CLI::Range(std::int64_t{0}, base::kAmountMax.dong()));
  words.add_flag("--south", o.words.south, "lẻ and ngàn");

  CLI::App& banks = add.verb("banks", "the list of banks",
                             [](QrOptions& q) { return run_qr_banks(q.common, q.text, q.csv); });
  banks.add_option("bank", o.text, "BIN, code, name or SWIFT; without it all of them");
  banks.add_flag("--csv", o.csv, "the compiled-in file, to start an own one from");
}

void add_reading(Adder const& add) {
  QrOptions& o = *add.options;
  CLI::App& verify = add.verb("verify", "check the text of a code",
                              [](QrOptions& q) { return run_qr_verify(q.common, q.verify); });
  auto* text = verify.add_option("payload", o.verify.text, "the text");
  auto* lines =
      verify.add_flag("--ndjson", o.verify.ndjson, "one JSON string per line of standard input");
  text->excludes(lines);
  verify.add_flag("--strict", o.verify.strict, "refuse what the field tolerates");
  auto* keys = verify.add_option("--keys", o.verify.key_list, "list of keys: check signatures too");
  auto* roots = verify.add_option("--roots", o.verify.roots_file, "public root keys, one a line");
  keys->needs(roots);
  roots->needs(keys);

  CLI::App& classify = add.verb("classify", "say what kind of code a text is",
                                [](QrOptions& q) { return run_qr_classify(q.common, q.text); });
  classify.add_option("text", o.text)->required();

  CLI::App& scan = add.verb("scan", "read codes from pictures",
                            [](QrOptions& q) { return run_qr_scan(q.common, q.files); });
  scan.add_option("file", o.files, "PNG, JPEG or WebP files")->required();
}

void add_signing(Adder const& add) {
  QrOptions& o = *add.options;
  CLI::App& sign =
      add.verb("sign", "sign a code", [](QrOptions& q) { return run_qr_sign(q.common, q.sign); });
  sign.add_option("payload", o.sign.payload, "text of the code")->required();
  sign.add_option("--key", o.sign.key_file, "secret file")->required();
  sign.add_option("--until", o.sign.until, "last day on which it is valid")->required();

  CLI::App& key = add.verb("key", "make a key that signs",
                           [](QrOptions& q) { return run_qr_key(q.common, q.key); });
  key.add_flag("--root", o.key.root, "one that signs lists of keys, not codes");
  key.add_option("--out", o.key.out, "new secret file")->required();

  CLI::App& list = add.verb("key-list", "issue the next list of keys",
                            [](QrOptions& q) { return run_qr_key_list(q.common, q.key_list); });
  auto& k = o.key_list;
  list.add_option("--list", k.list, "file, made when it is not there")->required();
  list.add_option("--root-key", k.root_key_file, "secret file")->required();
  list.add_option("--until", k.until, "day by which the next list is promised")->required();
  auto* added = list.add_option("--add", k.add, "public key of an operator");
  auto* name = list.add_option("--operator", k.operator_name, "whose key it is");
  auto* to = list.add_option("--to", k.valid_until, "last day of the key added");
  list.add_option("--from", k.valid_from, "its first day; default today")->needs(added);
  added->needs(name);
  added->needs(to);
  auto* revoked = list.add_option("--revoke", k.revoke, "id of a key");
  revoked->needs(list.add_option("--reason", k.reason, "why"));
}

}  // namespace

void add_qr_commands(CLI::App& app, std::function<int()>& run) {
  CLI::App& qr = *app.add_subcommand("qr", "VietQR codes");
  qr.require_subcommand(1);
  Adder const add{qr, std::make_shared<QrOptions>(), run};
  add_making(add);
  add_reading(add);
  add_signing(add);
}

}  // namespace qrpay::cli
