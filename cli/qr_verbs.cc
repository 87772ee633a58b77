// qrpay qr make|verify|scan.
#include <cstdio>

#include "base/files.h"
#include "cli/verbs.h"
#include "gateway/json/writer.h"
#include "qr/build.h"
#include "qr/draw/render.h"
#include "qr/draw/symbol.h"
#include "qr/picture/png.h"
#include "qr/scan/scan.h"

namespace qrpay::cli {

using gateway::json::Writer;

namespace {

void write_reading(Writer& out, std::string const& payload, bool strict) {
  qr::Reading const reading = qr::read_payload(payload);
  out.member("valid", reading.accepted(strict ? qr::Policy::kStrict : qr::Policy::kLenient));
  out.key("faults").begin_array();
  for (auto const& fault : reading.faults) {
    out.begin_object();
    out.member("number", static_cast<unsigned>(fault.code));
    out.member("code", qr::fault_name(fault.code));
    out.member("tier", qr::tier_name(fault.tier));
    out.member("offset", fault.offset);
    out.member("path", fault.path.text());
    out.end_object();
  }
  out.end_array();
  out.key("fields").begin_object();
  for (auto const& [name, value] : qr::list_fields(reading.payload)) out.member(name, value);
  out.end_object();
}

}  // namespace

int run_qr_make(QrMakeOptions const& options) {
  qr::PayloadSpec spec;
  spec.bank_bin = options.bin;
  spec.account = options.account;
  if (options.amount != 0) spec.amount = base::Vnd(options.amount);
  spec.additional.purpose = options.note;
  auto const payload = qr::build_payload(spec);
  if (!payload) return report(payload.error());
  auto const symbol = qr::draw::make_symbol(*payload, {});
  if (!symbol) return report(symbol.error());
  if (!options.png.empty()) {
    auto const png = qr::draw::render_png(*symbol);
    if (!png) return report(png.error());
    if (auto const written = base::replace_file_synced(options.png, *png); !written)
      return report(written.error());
  }
  if (options.json) {
    std::string text;
    Writer(text).begin_object().member("payload", *payload).end_object();
    std::printf("%s\n", text.c_str());
    return kOk;
  }
  if (options.png.empty())
    std::printf("%s", qr::draw::render_terminal(*symbol, qr::draw::TerminalTheme::kDark).c_str());
  std::printf("%s\n", payload->c_str());
  return kOk;
}

int run_qr_verify(std::string const& payload, bool strict, bool json) {
  qr::Reading const reading = qr::read_payload(payload);
  bool const accepted = reading.accepted(strict ? qr::Policy::kStrict : qr::Policy::kLenient);
  if (json) {
    std::string text;
    Writer out(text);
    out.begin_object();
    write_reading(out, payload, strict);
    out.end_object();
    std::printf("%s\n", text.c_str());
    return accepted ? kOk : kFoundBad;
  }
  std::printf("%s\n", accepted ? "valid" : "refused");
  for (auto const& fault : reading.faults)
    std::printf("  QR-%u %s: %s\n", static_cast<unsigned>(fault.code),
                std::string(qr::tier_name(fault.tier)).c_str(), qr::to_string(fault).c_str());
  for (auto const& [name, value] : qr::list_fields(reading.payload))
    std::printf("  %-28s %s\n", name.c_str(), value.c_str());
  return accepted ? kOk : kFoundBad;
}

int run_qr_scan(std::vector<std::string> const& files) {
  int exit_code = kOk;
  for (auto const& file : files) {
    std::string text;
    Writer out(text);
    out.begin_object();
    out.member("file", file);
    auto const bytes = base::read_file(file, qr::picture::kImageBytesMax);
    auto const scanned = bytes ? qr::scan::scan_png(base::as_bytes(*bytes))
                               : base::Result<std::string>(base::Unexpected(bytes.error()));
    if (scanned) {
      out.member("text", *scanned);
      write_reading(out, *scanned, /*strict=*/false);
    } else {
      exit_code = exit_code_of(scanned.error().errc);
      out.member("error", to_string(scanned.error()));
    }
    out.end_object();
    std::printf("%s\n", text.c_str());
  }
  return exit_code;
}

}  // namespace qrpay::cli
