#include "gateway/json/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <algorithm>
#include <optional>
#include <utility>

namespace qrpay::gateway::json {
namespace {

namespace bj = boost::json;

constexpr std::size_t kNameShownBytesMax = 64;

// Receives the events of boost::json::basic_parser and builds a Value. A refusal of ours is kept in
// `fault`; the error code that stops the parser is then only a signal.
struct Handler {
  // NOLINTBEGIN(readability-identifier-naming): names that the parser asks for.
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  // NOLINTEND(readability-identifier-naming)

  struct Frame {
    Value container;
    std::string name;  // of the member whose value comes next; only in an object
  };

  std::vector<Frame> frames;
  std::string text;  // of the string or name being read, in parts
  std::optional<Value> root;
  std::optional<base::Error> fault;

  [[nodiscard]] std::string pointer() const {
    std::string path;
    for (auto const& frame : frames) {
      if (auto const* array = frame.container.if_array()) {
        path = child_pointer(path, array->size());
      } else {
        path = child_pointer(path, frame.name);
      }
    }
    return path;
  }

  bool refuse(base::Errc errc, std::string_view words, bj::error_code& ec) {
    fault = base::Error{errc, located(pointer(), words)};
    ec = bj::make_error_code(bj::error::exception);
    return false;
  }

  bool add(Value value) {
    if (frames.empty()) {
      root = std::move(value);
      return true;
    }
    auto& top = frames.back();
    if (auto* array = top.container.if_array()) {
      array->push_back(std::move(value));
    } else {
      top.container.if_object()->push_back(Member{std::move(top.name), std::move(value)});
      top.name.clear();
    }
    return true;
  }

  bool close() {
    Value done = std::move(frames.back().container);
    frames.pop_back();
    return add(std::move(done));
  }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_array_begin(bj::error_code&) {
    frames.push_back(Frame{Value(Value::Array{}), {}});
    return true;
  }
  bool on_array_end(std::size_t, bj::error_code&) { return close(); }
  bool on_object_begin(bj::error_code&) {
    frames.push_back(Frame{Value(Value::Object{}), {}});
    return true;
  }
  bool on_object_end(std::size_t, bj::error_code&) { return close(); }

  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& ec) {
    text.append(part.data(), part.size());
    auto& top = frames.back();
    top.name = std::exchange(text, {});
    if (top.container.find(top.name) != nullptr) {
      return refuse(base::Errc::kDuplicateField, "is there twice", ec);
    }
    if (top.container.if_object()->size() >= kMembersMax) {
      return refuse(base::Errc::kTooLarge, "more than 256 members in one object", ec);
    }
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    text.append(part.data(), part.size());
    return add(Value(std::exchange(text, {})));
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t v, bj::string_view, bj::error_code&) { return add(Value(v)); }
  bool on_uint64(std::uint64_t, bj::string_view, bj::error_code& ec) { return refuse_number(ec); }
  bool on_double(double, bj::string_view, bj::error_code& ec) { return refuse_number(ec); }
  bool refuse_number(bj::error_code& ec) {
    return refuse(base::Errc::kInvalidField,
                  "must be an integer of 64 bits, without fraction or exponent", ec);
  }
  bool on_bool(bool v, bj::error_code&) { return add(Value(v)); }
  bool on_null(bj::error_code&) { return add(Value()); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }
};

// Our own words: Boost's messages differ between its versions.
std::string_view syntax_words(bj::error_code const& ec) {
  if (ec == bj::error::too_deep) return "nested deeper than 16";
  if (ec == bj::error::extra_data) return "something follows the JSON text";
  if (ec == bj::error::incomplete) return "the JSON text ends too early";
  if (ec == bj::error::illegal_leading_surrogate || ec == bj::error::illegal_trailing_surrogate ||
      ec == bj::error::expected_utf16_escape) {
    return "a lone surrogate";
  }
  return "not JSON in UTF-8";
}

}  // namespace

base::Result<Value> parse(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return base::fail(base::Errc::kTooLarge,
                      "more than " + std::to_string(bytes_max) + " bytes of JSON");
  }
  bj::parse_options options;
  options.max_depth = kDepthMax;
  bj::basic_parser<Handler> parser(options);
  bj::error_code ec;
  std::size_t used = 0;
  try {
    used = parser.write_some(/*more=*/false, text.data(), text.size(), ec);
  } catch (std::exception const&) {
    // Only memory can fail here; the body is bounded, so this is the host's trouble and not the
    // sender's.
    return base::fail(base::Errc::kOverloaded, "no memory to read the body");
  }
  auto& handler = parser.handler();
  if (handler.fault) return base::Unexpected(std::move(*handler.fault));
  if (!ec && used < text.size()) ec = bj::make_error_code(bj::error::extra_data);
  if (!ec && !handler.root) ec = bj::make_error_code(bj::error::incomplete);
  if (ec == bj::error::exponent_overflow) {
    handler.refuse_number(ec);
    return base::Unexpected(std::move(*handler.fault));
  }
  if (ec) {
    return base::fail(base::Errc::kMalformed,
                      "offset " + std::to_string(used) + ": " + std::string(syntax_words(ec)));
  }
  return std::move(*handler.root);
}

Value const* Value::find(std::string_view name) const {
  auto const* object = if_object();
  if (object == nullptr) return nullptr;
  for (auto const& member : *object) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

bool operator==(Value const& a, Value const& b) { return a.state_ == b.state_; }

std::string child_pointer(std::string_view pointer, std::string_view name) {
  std::string path(pointer);
  path += '/';
  std::size_t end = std::min(name.size(), kNameShownBytesMax);
  // Never cut inside a character: the pointer goes into a JSON text.
  while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80)
    --end;
  for (char c : name.substr(0, end)) {
    if (c == '~') {
      path += "~0";
    } else if (c == '/') {
      path += "~1";
    } else {
      path += c;
    }
  }
  return path;
}

std::string child_pointer(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + '/' + std::to_string(index);
}

std::string located(std::string_view pointer, std::string_view words) {
  std::string detail(pointer);
  if (!detail.empty()) detail += ": ";
  detail += words;
  return detail;
}

}  // namespace qrpay::gateway::json
