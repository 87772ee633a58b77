// Expected<T, E>: a value or the reason there is none. The names are std::expected's (C++23).
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"

namespace qrpay::base {

/// Wraps an error so that it converts to any Expected with that error type.
template <class E>
class [[nodiscard]] Unexpected {
 public:
  constexpr explicit Unexpected(E error) : error_(std::move(error)) {}
  [[nodiscard]] constexpr E const& error() const& { return error_; }
  [[nodiscard]] constexpr E&& error() && { return std::move(error_); }

 private:
  E error_;
};

/// Holds a T or an E. Reading the one that is not there is a bug and aborts.
template <class T, class E>
class [[nodiscard]] Expected {
 public:
  using value_type = T;
  using error_type = E;

  // Implicit, so that `return value;` and `return fail(...);` read as in std::expected.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Expected(Unexpected<E> error)
      : state_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] constexpr bool has_value() const { return state_.index() == 0; }
  constexpr explicit operator bool() const { return has_value(); }

  [[nodiscard]] constexpr T& value() & {
    QRPAY_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] constexpr T const& value() const& {
    QRPAY_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] constexpr T&& value() && {
    QRPAY_CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] constexpr E const& error() const& {
    QRPAY_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] constexpr E&& error() && {
    QRPAY_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }
  [[nodiscard]] constexpr T& operator*() & { return value(); }
  [[nodiscard]] constexpr T const& operator*() const& { return value(); }
  [[nodiscard]] constexpr T&& operator*() && { return std::move(*this).value(); }
  constexpr T* operator->() { return &value(); }
  constexpr T const* operator->() const { return &value(); }

 private:
  std::variant<T, E> state_;
};

/// Success carries nothing.
template <class E>
class [[nodiscard]] Expected<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  constexpr Expected() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Expected(Unexpected<E> error)
      : state_(std::in_place_index<1>, std::move(error).error()) {}

  [[nodiscard]] constexpr bool has_value() const { return state_.index() == 0; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr void value() const { QRPAY_CHECK(has_value()); }
  [[nodiscard]] constexpr E const& error() const& {
    QRPAY_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] constexpr E&& error() && {
    QRPAY_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<std::monostate, E> state_;
};

}  // namespace qrpay::base

#define QRPAY_CONCAT_INNER(a, b) a##b
#define QRPAY_CONCAT(a, b) QRPAY_CONCAT_INNER(a, b)
#define QRPAY_TRY_IMPL(temporary, declaration, expression)                       \
  auto temporary = (expression);                                                \
  if (!temporary) return ::qrpay::base::Unexpected(std::move(temporary).error()); \
  declaration = std::move(temporary).value()

/// `QRPAY_TRY(auto x, f());` names the value of f(), or returns its error from this function.
#define QRPAY_TRY(declaration, expression) \
  QRPAY_TRY_IMPL(QRPAY_CONCAT(try_result_, __COUNTER__), declaration, expression)

/// The same for a Result<void>.
#define QRPAY_TRY_VOID(expression)                                                \
  do {                                                                            \
    auto try_void_result = (expression);                                          \
    if (!try_void_result)                                                         \
      return ::qrpay::base::Unexpected(std::move(try_void_result).error());       \
  } while (false)
