// Tag-length-value: the public body of a record, and the inside of its section 0 and 1.
//
// u16 tag, u16 length, value; tags ascend strictly. An odd tag may be ignored by a reader that does
// not know it; at an unknown even tag that reader must stop.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/error.h"

namespace qrpay::ledger {

/// Builds in ascending order; another order is a bug and aborts.
class TlvWriter {
 public:
  explicit TlvWriter(std::string& out) : out_(out) {}
  void text(std::uint16_t tag, std::string_view value) {
    QRPAY_CHECK(tag > last_tag_ && value.size() <= 65'535);
    last_tag_ = tag;
    base::ByteWriter writer(out_);
    writer.u16(tag);
    writer.text16(value);
  }
  /// Left out when empty.
  void text_if(std::uint16_t tag, std::string_view value) {
    if (!value.empty()) text(tag, value);
  }
  void bytes(std::uint16_t tag, base::ByteView value) { text(tag, base::as_text(value)); }
  void u8(std::uint16_t tag, std::uint8_t value) { bytes(tag, {&value, 1}); }
  void u32(std::uint16_t tag, std::uint32_t value) {
    std::string encoded;
    base::ByteWriter(encoded).u32(value);
    text(tag, encoded);
  }
  void u64(std::uint16_t tag, std::uint64_t value) {
    std::string encoded;
    base::ByteWriter(encoded).u64(value);
    text(tag, encoded);
  }
  /// Left out when 0.
  void u64_if(std::uint16_t tag, std::uint64_t value) {
    if (value != 0) u64(tag, value);
  }

 private:
  std::string& out_;
  std::uint16_t last_tag_ = 0;
};

/// Looks values up in bytes that outlive it. An absent tag gives nullopt, "" or the stated default;
/// a value of the wrong length counts as absent, so a reader never trusts a length.
class TlvReader {
 public:
  explicit TlvReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::optional<std::string_view> find(std::uint16_t tag) const;
  [[nodiscard]] std::string_view text(std::uint16_t tag) const { return find(tag).value_or(""); }
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint16_t tag) const;
  [[nodiscard]] std::uint64_t number_or(std::uint16_t tag, std::uint64_t otherwise) const {
    return number(tag).value_or(otherwise);
  }
  template <std::size_t N>
  [[nodiscard]] std::optional<std::array<std::uint8_t, N>> array(std::uint16_t tag) const {
    auto const value = find(tag);
    if (!value || value->size() != N) return std::nullopt;
    std::array<std::uint8_t, N> out;
    std::copy(value->begin(), value->end(), out.begin());
    return out;
  }

 private:
  std::string_view bytes_;
};

/// Complete TLV with strictly ascending tags, or kMalformed.
[[nodiscard]] base::Result<void> check_tlv(std::string_view bytes);

}  // namespace qrpay::ledger
