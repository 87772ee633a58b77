// Reads the members of a JSON object by name and type, and makes every member nobody asked for an
// error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/json/json.h"

namespace qrpay::gateway::json {

/// Which characters a string may hold. Always: no NUL, no other C0 or C1 control, no DEL.
enum class TextRule {
  kOneLine,    ///< nothing more
  kManyLines,  ///< CR, LF and TAB too
};

/// Use: read every member, then ask finish() once. After the first error every read yields an empty
/// value (0, "", false, nullopt), so a caller checks nothing in between and must not use what it
/// read before finish() is a success.
/// A reader is a cheap handle; those made from it by object() and objects() report through the same
/// finish(). Lifetime: `value` outlives all of them. Not shared between threads.
/// Errors, with the RFC 6901 pointer in front: kMissingField, kUnknownField, kInvalidField. A
/// required member that is null is kInvalidField; an optional one that is null counts as absent.
class ObjectReader {
 public:
  /// A `value` that is no object is kInvalidField, reported by finish().
  explicit ObjectReader(Value const& value);

  /// Lengths count Unicode code points, both ends included.
  [[nodiscard]] std::string string(std::string_view name, std::size_t characters_min,
                                   std::size_t characters_max, TextRule rule = TextRule::kOneLine);
  [[nodiscard]] std::optional<std::string> optional_string(std::string_view name,
                                                           std::size_t characters_min,
                                                           std::size_t characters_max,
                                                           TextRule rule = TextRule::kOneLine);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name,
                                                             std::int64_t min, std::int64_t max);
  [[nodiscard]] bool boolean(std::string_view name);
  [[nodiscard]] std::optional<bool> optional_boolean(std::string_view name);
  /// The position of the member's text in `choices`; 0 after an error.
  [[nodiscard]] std::size_t choice(std::string_view name,
                                   std::initializer_list<std::string_view> choices);
  [[nodiscard]] std::optional<std::size_t> optional_choice(
      std::string_view name, std::initializer_list<std::string_view> choices);

  [[nodiscard]] ObjectReader object(std::string_view name);
  [[nodiscard]] std::optional<ObjectReader> optional_object(std::string_view name);
  /// An array of objects with at most `count_max` of them; absent and null read as none.
  [[nodiscard]] std::vector<ObjectReader> objects(std::string_view name, std::size_t count_max);
  /// An array of strings; absent and null read as none.
  [[nodiscard]] std::vector<std::string> strings(std::string_view name, std::size_t count_max,
                                                 std::size_t characters_max);
  /// Any value, as it is; nullptr when absent. For members whose shape another reader knows.
  [[nodiscard]] Value const* value(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;

  /// Says kInvalidField about a member that was read but whose content is not acceptable.
  void refuse(std::string_view name, std::string_view words);
  [[nodiscard]] std::string pointer(std::string_view name) const;

  /// The first error of this reader and all its relatives; unknown members come last.
  [[nodiscard]] base::Result<void> finish() const;

 private:
  struct State;
  ObjectReader(std::shared_ptr<State> state, std::size_t node);
  ObjectReader child(Value const& value, std::string pointer);
  Value const* look(std::string_view name);
  Value const* need(std::string_view name);
  Value const* maybe(std::string_view name);
  void fail(base::Errc errc, std::string_view name, std::string_view words);
  bool check_text(std::string_view pointer, Value const& value, std::size_t characters_min,
                  std::size_t characters_max, TextRule rule);
  std::optional<std::string> read_string(std::string_view name, Value const& value,
                                         std::size_t characters_min, std::size_t characters_max,
                                         TextRule rule);
  std::optional<std::int64_t> read_integer(std::string_view name, Value const& value,
                                           std::int64_t min, std::int64_t max);
  std::optional<std::size_t> read_choice(std::string_view name, Value const& value,
                                         std::initializer_list<std::string_view> choices);

  std::shared_ptr<State> state_;
  std::size_t node_;
};

}  // namespace qrpay::gateway::json
