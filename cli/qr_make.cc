// qrpay qr make|poster|words|banks: codes, what is printed of them, and the lists behind them.
#include <cstdio>

#include "base/files.h"
#include "cli/qr_verbs.h"
#include "cli/verbs.h"
#include "qr/vnd_words.h"

namespace qrpay::cli {

using base::Errc;
using base::Result;
using gateway::api::PictureFormat;
using gateway::json::Writer;

namespace {

int write_out(std::string const& path, std::string const& bytes) {
  if (path.empty() || path == "-") {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return kOk;
  }
  auto const written = base::replace_file_synced(path, bytes);
  return written ? kOk : report(written.error());
}

}  // namespace

int with_banks(QrCommon const& common, std::function<int(qr::BankDirectory const&)> const& use) {
  if (common.banks_file.empty()) return use(qr::builtin_banks());
  auto const banks = [&]() -> Result<qr::BankDirectory> {
    QRPAY_TRY(std::string const csv, base::read_file(common.banks_file, qr::kBankFileBytesMax));
    return qr::BankDirectory::parse(csv);
  }();
  if (!banks) {
    return report({banks.error().errc, common.banks_file + ": " + banks.error().detail});
  }
  return use(*banks);
}

int run_qr_make(QrCommon const& common, QrMakeOptions const& options) {
  return with_banks(common, [&](qr::BankDirectory const& banks) -> int {
    auto const payload = gateway::api::build_code(options.code, banks);
    if (!payload) return report(payload.error());
    if (!options.out.empty() || options.picture.format != PictureFormat::kText) {
      auto request = options.picture;
      request.issued = base::business_day(base::system_clock().wall());
      auto const picture = gateway::api::draw_code(*payload, request);
      if (!picture) return report(picture.error());
      if (int const code = write_out(options.out, *picture); code != kOk) return code;
      // A picture on standard output is all of the output.
      if (options.out.empty() || options.out == "-") return kOk;
    }
    if (common.json) {
      std::string text;
      Writer out(text);
      out.begin_object().member("payload", *payload);
      gateway::api::write_reading(out, *payload, qr::Policy::kStrict, banks,
                                  gateway::api::WithGuard::kYes);
      if (auto const drawn = gateway::api::write_symbol(out, *payload, options.picture); !drawn)
        return report(drawn.error());
      out.end_object();
      std::printf("%s\n", text.c_str());
      return kOk;
    }
    if (!options.out.empty()) {
      std::printf("%s\n", payload->c_str());
      return kOk;
    }
    auto const text = gateway::api::draw_code(*payload, options.picture);
    if (!text) return report(text.error());
    std::printf("%s", text->c_str());
    return kOk;
  });
}

int run_qr_poster(QrCommon const& common, QrPosterOptions const& options) {
  return with_banks(common, [&](qr::BankDirectory const& banks) -> int {
    auto request = options.poster;
    if (request.payload.empty()) {
      auto payload = gateway::api::build_code(options.code, banks);
      if (!payload) return report(payload.error());
      request.payload = std::move(*payload);
    }
    if (!options.issued.empty()) {
      request.issued = base::parse_day(options.issued);
      if (!request.issued) return report({Errc::kUsage, "--issued: a day like 2026-11-24"});
    }
    if (!options.brand_dir.empty()) {
      auto brand = qr::poster::Brand::load(options.brand_dir);
      if (!brand) return report(brand.error());
      request.brand = std::move(*brand);
    }
    auto const poster = gateway::api::draw_poster(request, banks, base::system_clock().wall());
    if (!poster) return report(poster.error());
    if (int const code = write_out(options.out, *poster); code != kOk) return code;
    if (options.out.empty() || options.out == "-") return kOk;
    if (common.json) {
      std::string text;
      Writer out(text);
      out.begin_object().member("file", options.out).member("payload", request.payload);
      gateway::api::write_reading(out, request.payload, qr::Policy::kStrict, banks,
                                  gateway::api::WithGuard::kYes);
      out.end_object();
      std::printf("%s\n", text.c_str());
    } else {
      std::fprintf(stderr, "wrote %s\n", options.out.c_str());
    }
    return kOk;
  });
}

int run_qr_words(QrCommon const& common, QrWordsOptions const& options) {
  auto const region = options.south ? qr::Region::kSouth : qr::Region::kNorth;
  base::Vnd const amount(options.amount);
  auto const announcement = qr::announce_payment(amount, std::nullopt);
  std::string const words = qr::vnd_words(amount, region);
  if (!common.json) {
    std::printf("%s\n", words.c_str());
    return kOk;
  }
  std::string text;
  Writer out(text);
  out.begin_object().member("amount", options.amount).member("words", words);
  auto const spoken = qr::spoken_sentence(announcement, region);
  if (spoken) out.member("spoken", *spoken);
  if (auto const ascii = qr::spoken_ascii(announcement, region)) out.member("spoken_ascii", *ascii);
  out.key("clips").begin_array();
  for (auto const clip : qr::announcement_clips(announcement)) out.string(clip);
  out.end_array();
  out.member("display", qr::vnd_display(amount)).end_object();
  std::printf("%s\n", text.c_str());
  return kOk;
}

int run_qr_banks(QrCommon const& common, std::string const& wanted, bool csv) {
  if (csv) {
    std::printf("%s", std::string(qr::builtin_banks_csv()).c_str());
    return kOk;
  }
  return with_banks(common, [&](qr::BankDirectory const& banks) -> int {
    std::vector<qr::Bank const*> found;
    if (wanted.empty())
      for (auto const& bank : banks.all()) found.push_back(&bank);
    else
      found = banks.find_all(wanted);
    for (qr::Bank const* bank : found) {
      if (!common.json) {
        std::printf("%s  %-12s %-22s %s\n", bank->bin.c_str(), bank->code.c_str(),
                    bank->short_name.c_str(), bank->name.c_str());
        continue;
      }
      std::string text;
      Writer out(text);
      out.begin_object();
      gateway::api::write_bank(out, *bank);
      out.end_object();
      std::printf("%s\n", text.c_str());
    }
    if (found.empty()) return report({Errc::kNotFound, "no such bank"});
    return kOk;
  });
}

}  // namespace qrpay::cli
