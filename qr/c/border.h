// What every function of the C face does at the border: structs that grow, strings, exceptions,
// buffers. Internal to qr/c/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "qr/c/qrpay_qr.h"

namespace qrpay::qr::c {

/// What a call came to: a number of enum qrpay_qr_status, and where.
struct Answer {
  std::int32_t status = QRPAY_QR_OK;
  std::string detail;
};

[[nodiscard]] inline Answer failed(base::Error error) {
  return {static_cast<std::int32_t>(error.errc), std::move(error.detail)};
}
[[nodiscard]] inline Answer refused(base::Errc errc, std::string detail) {
  return failed(base::Error{errc, std::move(detail)});
}
[[nodiscard]] inline Answer misused(std::string what) {
  return {QRPAY_QR_BAD_ARGUMENT, std::move(what)};
}

// --- structs that grow --------------------------------------------------------------------------

// No struct of this face will ever be longer; a size above is an uninitialised struct.
inline constexpr std::size_t kStructBytesMax = 4096;

// Bytes of a struct up to and with the last member of its first version: never changes.
#define QRPAY_QR_FIRST_SIZE(type, last_member) \
  (offsetof(type, last_member) + sizeof(type{}.last_member))
inline constexpr std::size_t kErrorFirstSize = QRPAY_QR_FIRST_SIZE(qrpay_qr_error, detail);
inline constexpr std::size_t kFaultFirstSize = QRPAY_QR_FIRST_SIZE(qrpay_qr_fault, name);
inline constexpr std::size_t kPayloadFirstSize =
    QRPAY_QR_FIRST_SIZE(qrpay_qr_payload, template_count);
inline constexpr std::size_t kDrawingFirstSize = QRPAY_QR_FIRST_SIZE(qrpay_qr_drawing, module_um);
#undef QRPAY_QR_FIRST_SIZE

[[nodiscard]] inline bool is_known_size(std::size_t struct_size, std::size_t first_size) {
  return struct_size >= first_size && struct_size <= kStructBytesMax;
}

// Copies as much of the caller's struct as both sides know.
template <class Struct>
[[nodiscard]] Answer take_struct(Struct const& from, std::size_t first_size, Struct& to) {
  std::size_t const size = from.struct_size;
  if (!is_known_size(size, first_size)) return misused("struct_size");
  char const* const bytes = reinterpret_cast<char const*>(&from);
  for (std::size_t i = sizeof(Struct); i < size; ++i) {
    if (bytes[i] != 0) return refused(base::Errc::kNotSupported, "a member of a newer version");
  }
  std::memcpy(&to, bytes, std::min(size, sizeof(Struct)));
  return {};
}

// The other way. Requires: is_known_size(to.struct_size). Members nobody knows become zero.
template <class Struct>
void give_struct(Struct from, Struct& to) {
  std::size_t const size = to.struct_size;
  from.struct_size = size;
  char* const bytes = reinterpret_cast<char*>(&to);
  std::memcpy(bytes, &from, std::min(size, sizeof(Struct)));
  if (size > sizeof(Struct)) std::memset(bytes + sizeof(Struct), 0, size - sizeof(Struct));
}

// --- the border ---------------------------------------------------------------------------------

// Runs `body`, which returns an Answer, and turns what it throws into a number.
template <class Body>
[[nodiscard]] Answer fenced(Body&& body) noexcept {
  try {
    return body();
  } catch (std::bad_alloc const&) {
    return {QRPAY_QR_OUT_OF_MEMORY, {}};
  } catch (...) {
    return {QRPAY_QR_INTERNAL, {}};
  }
}

// The same, with the details for `error`.
template <class Body>
[[nodiscard]] std::int32_t answer(qrpay_qr_error* error, Body&& body) noexcept {
  if (error != nullptr && !is_known_size(error->struct_size, kErrorFirstSize)) {
    return QRPAY_QR_BAD_ARGUMENT;
  }
  Answer const result = fenced(body);
  if (error != nullptr) {
    qrpay_qr_error report{};
    report.status = result.status;
    result.detail.copy(report.detail, sizeof(report.detail) - 1);
    give_struct(report, *error);
  }
  return result.status;
}

// A string of C, cut where nothing that this library takes could end.
[[nodiscard]] inline std::string_view view(char const* text) {
  return text == nullptr ? std::string_view()
                         : std::string_view(text, strnlen(text, QRPAY_QR_STRING_MAX + 1));
}

// --- answers ------------------------------------------------------------------------------------

// Where a caller wants text: `*size` bytes at `buffer`.
class TextOut {
 public:
  TextOut(char* buffer, std::size_t* size)
      : buffer_(buffer), size_(size), capacity_(size == nullptr ? 0 : *size) {
    if (size_ != nullptr) *size_ = 0;
    if (buffer_ != nullptr && capacity_ > 0) buffer_[0] = '\0';
  }
  [[nodiscard]] bool usable() const {
    return size_ != nullptr && (buffer_ != nullptr || capacity_ == 0);
  }
  Answer give(std::string_view text) {
    *size_ = text.size() + 1;
    if (capacity_ < *size_) return {QRPAY_QR_BUFFER_TOO_SMALL, "size"};
    buffer_[text.copy(buffer_, text.size())] = '\0';
    return {};
  }

 private:
  char* buffer_;
  std::size_t* size_;
  std::size_t capacity_;
};

[[nodiscard]] inline Answer give_bytes(std::string_view bytes, std::size_t width,
                                       qrpay_qr_bytes& out) {
  auto* const data = static_cast<std::uint8_t*>(std::malloc(bytes.size() + 1));
  if (data == nullptr) return {QRPAY_QR_OUT_OF_MEMORY, {}};
  std::memcpy(data, bytes.data(), bytes.size());
  data[bytes.size()] = 0;
  out = {data, bytes.size(), static_cast<std::uint32_t>(width)};
  return {};
}

}  // namespace qrpay::qr::c
