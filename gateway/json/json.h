// Strict JSON in, fast JSON out. With json.cc the sole user of Boost.JSON, which never shows here.
//
// Stricter than RFC 8259, because a body is signed and its digest decides whether a repeat is the
// same command: a repeated member, a number that is not an int64 integer, a lone surrogate and
// invalid UTF-8 are errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace qrpay::gateway::json {

struct Member;

/// A parsed value. Members keep the order of the text; their names are unique within one object.
class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<Member>;

  // Defined below Member: a vector of it can be made, but not destroyed, while it is incomplete.
  Value();
  explicit Value(bool v);
  explicit Value(std::int64_t v);
  explicit Value(std::string v);
  explicit Value(Array v);
  explicit Value(Object v);
  Value(Value const&);
  Value(Value&&) noexcept;
  Value& operator=(Value const&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(state_); }
  /// The content when the value is of that type, else nullptr.
  [[nodiscard]] bool const* if_boolean() const { return std::get_if<bool>(&state_); }
  [[nodiscard]] std::int64_t const* if_integer() const {
    return std::get_if<std::int64_t>(&state_);
  }
  [[nodiscard]] std::string const* if_string() const { return std::get_if<std::string>(&state_); }
  [[nodiscard]] Array const* if_array() const { return std::get_if<Array>(&state_); }
  [[nodiscard]] Object const* if_object() const { return std::get_if<Object>(&state_); }
  [[nodiscard]] Array* if_array() { return std::get_if<Array>(&state_); }
  [[nodiscard]] Object* if_object() { return std::get_if<Object>(&state_); }

  /// The member called `name`, or nullptr (also when this is no object). Linear in the members.
  [[nodiscard]] Value const* find(std::string_view name) const;

  friend bool operator==(Value const&, Value const&);

 private:
  std::variant<std::monostate, bool, std::int64_t, std::string, Array, Object> state_;
};

struct Member {
  std::string name;
  Value value;
  friend bool operator==(Member const&, Member const&) = default;
};

inline Value::Value() = default;
inline Value::Value(bool v) : state_(v) {}
inline Value::Value(std::int64_t v) : state_(v) {}
inline Value::Value(std::string v) : state_(std::move(v)) {}
inline Value::Value(Array v) : state_(std::move(v)) {}
inline Value::Value(Object v) : state_(std::move(v)) {}
inline Value::Value(Value const&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(Value const&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;
inline Value::~Value() = default;

/// The largest order or credit is under 8 KiB; bulk bodies pass their own limit.
inline constexpr std::size_t kTextBytesMax = 64 * 1024;
/// Our deepest body has 5 levels. Also bounds the recursion of destructors and of write().
inline constexpr std::size_t kDepthMax = 16;
/// Finding repeated names is quadratic in the members of one object, so these are few.
inline constexpr std::size_t kMembersMax = 256;

/// One whole JSON text. Blanks around it are allowed, anything else after it is not.
/// Errors; `detail` is "/pointer/to/it: words" (RFC 6901) or "offset N: words" for syntax:
///   kTooLarge        more than `bytes_max` bytes; or more than kMembersMax members in one object
///   kMalformed       not JSON, invalid UTF-8, a lone surrogate, nested deeper than kDepthMax
///   kDuplicateField  a member twice in one object
///   kInvalidField    a number with fraction or exponent, or outside int64
/// Cost: one pass; memory proportional to the text.
[[nodiscard]] base::Result<Value> parse(std::string_view text,
                                        std::size_t bytes_max = kTextBytesMax);

/// `pointer` extended by one member name: "~" and "/" are escaped, names are cut at 64 bytes, since
/// a pointer is shown in error bodies and a stranger chose the name.
[[nodiscard]] std::string child_pointer(std::string_view pointer, std::string_view name);
[[nodiscard]] std::string child_pointer(std::string_view pointer, std::size_t index);

/// "pointer: words", or only the words for the root, whose pointer is empty.
[[nodiscard]] std::string located(std::string_view pointer, std::string_view words);

}  // namespace qrpay::gateway::json
