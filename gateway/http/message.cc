#include "gateway/http/message.h"

#include <array>

#include "base/check.h"
#include "gateway/http/problem.h"

namespace qrpay::gateway::http {
namespace {

constexpr std::array<std::string_view, kMethods> kMethodNames = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::string_view method_name(Method method) {
  return kMethodNames[static_cast<std::size_t>(method)];
}

Method method_of(std::string_view name) {
  for (std::size_t i = 0; i + 1 < kMethods; ++i) {
    if (name == kMethodNames[i]) return static_cast<Method>(i);
  }
  return Method::kOther;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

void HeaderFields::add(std::string_view name, std::string_view value) {
  // The server's header limit is far below 32 bits.
  QRPAY_CHECK(text_.size() + name.size() + value.size() < UINT32_MAX);
  fields_.push_back(Field{static_cast<std::uint32_t>(text_.size()),
                          static_cast<std::uint32_t>(name.size()),
                          static_cast<std::uint32_t>(value.size())});
  text_ += name;
  text_ += value;
}

std::string_view HeaderFields::name(std::size_t index) const {
  auto const& field = fields_[index];
  return std::string_view(text_).substr(field.at, field.name_bytes);
}

std::string_view HeaderFields::value(std::size_t index) const {
  auto const& field = fields_[index];
  return std::string_view(text_).substr(field.at + field.name_bytes, field.value_bytes);
}

std::optional<std::string_view> HeaderFields::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (equal_ignoring_case(name(i), wanted)) return value(i);
  }
  return std::nullopt;
}

std::string HeaderFields::joined(std::string_view wanted) const {
  std::string all;
  bool first = true;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (!equal_ignoring_case(name(i), wanted)) continue;
    if (!first) all += ", ";
    first = false;
    all += value(i);
  }
  return all;
}

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  for (auto const& parameter : query) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

Responder& Responder::operator=(Responder&& other) noexcept {
  Responder previous(std::move(sink_));  // answers what it still owed
  sink_ = std::move(other.sink_);
  return *this;
}

Responder::~Responder() {
  if (sink_) {
    std::exchange(sink_, nullptr)->deliver(internal_error("the handler gave no answer"));
  }
}

void Responder::operator()(HttpResponse response) {
  QRPAY_CHECK(sink_ != nullptr);
  std::exchange(sink_, nullptr)->deliver(std::move(response));
}

HttpResponse json_response(std::string body, int status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

}  // namespace qrpay::gateway::http
