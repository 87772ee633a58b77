// Owners of what the C face hands out, for its tests.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "qr/c/qrpay_qr.h"

namespace qrpay::qr::c {

inline constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();
inline constexpr std::string_view kStatic =
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA"
    "53037045802VN63049E6F";

struct Bytes : qrpay_qr_bytes {
  Bytes() : qrpay_qr_bytes{} {}
  ~Bytes() { qrpay_qr_bytes_free(this); }
  Bytes(Bytes const&) = delete;
  Bytes& operator=(Bytes const&) = delete;
  [[nodiscard]] std::string text() const { return {reinterpret_cast<char const*>(data), size}; }
};

using Reading = std::unique_ptr<qrpay_qr_reading, decltype(&qrpay_qr_reading_free)>;

inline Reading read(std::string_view text) {
  qrpay_qr_reading* reading = nullptr;
  EXPECT_EQ(qrpay_qr_read(text.data(), text.size(), &reading), QRPAY_QR_OK);
  return {reading, &qrpay_qr_reading_free};
}

inline qrpay_qr_error no_error() {
  qrpay_qr_error error{};
  error.struct_size = sizeof error;
  return error;
}

inline qrpay_qr_payload transfer() {
  qrpay_qr_payload payload{};
  payload.struct_size = sizeof payload;
  payload.bank_bin = "970403";
  payload.account = "0011012345678";
  return payload;
}

inline std::string build(qrpay_qr_payload const& payload) {
  std::array<char, QRPAY_QR_TEXT_MAX> buffer{};
  std::size_t size = buffer.size();
  qrpay_qr_error error = no_error();
  EXPECT_EQ(qrpay_qr_build(&payload, buffer.data(), &size, &error), QRPAY_QR_OK) << error.detail;
  EXPECT_EQ(size, std::strlen(buffer.data()) + 1);
  return buffer.data();
}

}  // namespace qrpay::qr::c
