#include "qr/draw/symbol.h"

#include <qrencode.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"

namespace qrpay::qr::draw {
namespace {

constexpr unsigned kEciUtf8 = 26;
constexpr std::size_t kBytesMax = 2'953;  // version 40, level L

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};
struct FreeInput {
  void operator()(QRinput* input) const { QRinput_free(input); }
};
using CodePtr = std::unique_ptr<QRcode, FreeCode>;
using InputPtr = std::unique_ptr<QRinput, FreeInput>;

QRecLevel library_level(Level level) {
  switch (level) {
    case Level::kL: return QR_ECLEVEL_L;
    case Level::kM: return QR_ECLEVEL_M;
    case Level::kQ: return QR_ECLEVEL_Q;
    case Level::kH: return QR_ECLEVEL_H;
  }
  QRPAY_CHECK(false);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// nullptr when no version holds it. The library knows two other reasons to fail, no memory and bad
// arguments; both are bugs or the end of the process here.
CodePtr encode_bytes(std::string_view text, QRecLevel level) {
  InputPtr input(QRinput_new2(/*version=*/0, level));
  QRPAY_CHECK(input != nullptr);
  if (!is_ascii(text)) QRPAY_CHECK(QRinput_appendECIheader(input.get(), kEciUtf8) == 0);
  auto const* bytes = reinterpret_cast<unsigned char const*>(text.data());
  QRPAY_CHECK(QRinput_append(input.get(), QR_MODE_8, static_cast<int>(text.size()), bytes) == 0);
  errno = 0;
  CodePtr code(QRcode_encodeInput(input.get()));
  QRPAY_CHECK(code != nullptr || errno == ERANGE);
  return code;
}

// nullptr when mixed segments cannot be used or do not fit.
CodePtr encode_mixed(std::string_view text, QRecLevel level) {
  // The library takes a C string here, and has no ECI on this path.
  if (!is_ascii(text) || text.find('\0') != std::string_view::npos) return nullptr;
  std::string const terminated(text);
  return CodePtr(QRcode_encodeString(terminated.c_str(), /*version=*/0, level, QR_MODE_8,
                                     /*casesensitive=*/1));
}

Symbol copy_modules(QRcode const& code) {
  auto const width = static_cast<std::size_t>(code.width);
  std::vector<std::uint8_t> modules(width * width);
  // Only the lowest bit is the module; the others are the library's notes.
  std::transform(code.data, code.data + modules.size(), modules.begin(),
                 [](unsigned char flags) { return static_cast<std::uint8_t>(flags & 1u); });
  return Symbol(width, std::move(modules));
}

}  // namespace

Symbol::Symbol(std::size_t width, std::vector<std::uint8_t> modules)
    : width_(width), modules_(std::move(modules)) {
  QRPAY_CHECK(width_ >= 21 && width_ <= 177 && modules_.size() == width_ * width_);
}

base::Result<Symbol> make_symbol(std::string_view text, SymbolOptions const& options) {
  if (text.empty()) return base::fail(base::Errc::kInvalidField, "/payload: empty");
  if (text.size() > kBytesMax) return base::fail(base::Errc::kQrTooLong);
  QRecLevel const level = library_level(options.level);
  CodePtr code = encode_bytes(text, level);
  if (options.compact) {
    CodePtr mixed = encode_mixed(text, level);
    // Mixed is now and then one version worse: keep the smaller.
    if (mixed != nullptr && (code == nullptr || mixed->width < code->width)) code.swap(mixed);
  }
  if (code == nullptr) return base::fail(base::Errc::kQrTooLong);
  return copy_modules(*code);
}

}  // namespace qrpay::qr::draw
