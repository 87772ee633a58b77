#include "gateway/json/object_reader.h"

#include <bitset>
#include <utility>

#include "base/text.h"

namespace qrpay::gateway::json {
namespace {

// True when a character is refused: C0 controls and DEL are one byte, C1 controls are C2 80 to C2
// 9F.
bool has_control(std::string_view text, TextRule rule) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const c = static_cast<unsigned char>(text[i]);
    bool const line = c == '\n' || c == '\r' || c == '\t';
    if (c < 0x20 && !(line && rule == TextRule::kManyLines)) return true;
    if (c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

}  // namespace

struct ObjectReader::State {
  struct Node {
    Value::Object const* object;  // nullptr: was no object, and the error is recorded
    std::string pointer;
    std::bitset<kMembersMax> seen;
  };
  std::vector<Node> nodes;
  std::optional<base::Error> error;

  void fail(base::Errc errc, std::string_view pointer, std::string_view words) {
    if (!error) error = base::Error{errc, located(pointer, words)};
  }
};

ObjectReader::ObjectReader(Value const& value) : state_(std::make_shared<State>()), node_(0) {
  *this = child(value, {});
}

ObjectReader::ObjectReader(std::shared_ptr<State> state, std::size_t node)
    : state_(std::move(state)), node_(node) {}

ObjectReader ObjectReader::child(Value const& value, std::string pointer) {
  auto const* object = value.if_object();
  if (object == nullptr) {
    state_->fail(base::Errc::kInvalidField, pointer, "must be an object");
  } else if (object->size() > kMembersMax) {
    state_->fail(base::Errc::kTooLarge, pointer, "more than 256 members in one object");
    object = nullptr;
  }
  state_->nodes.push_back(State::Node{object, std::move(pointer), {}});
  return ObjectReader(state_, state_->nodes.size() - 1);
}

Value const* ObjectReader::look(std::string_view name) {
  auto& node = state_->nodes[node_];
  if (node.object == nullptr) return nullptr;
  for (std::size_t i = 0; i < node.object->size(); ++i) {
    if ((*node.object)[i].name == name) {
      node.seen.set(i);
      return &(*node.object)[i].value;
    }
  }
  return nullptr;
}

Value const* ObjectReader::need(std::string_view name) {
  auto const* found = look(name);
  if (found == nullptr && state_->nodes[node_].object != nullptr) {
    fail(base::Errc::kMissingField, name, "is missing");
  }
  return found;
}

Value const* ObjectReader::maybe(std::string_view name) {
  auto const* found = look(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

void ObjectReader::fail(base::Errc errc, std::string_view name, std::string_view words) {
  if (!state_->error) state_->fail(errc, pointer(name), words);
}

std::string ObjectReader::pointer(std::string_view name) const {
  return child_pointer(state_->nodes[node_].pointer, name);
}

bool ObjectReader::check_text(std::string_view pointer, Value const& value,
                              std::size_t characters_min, std::size_t characters_max,
                              TextRule rule) {
  auto const* text = value.if_string();
  if (text == nullptr) {
    state_->fail(base::Errc::kInvalidField, pointer, "must be a string");
    return false;
  }
  auto const characters = base::count_characters(*text);
  if (!characters || *characters < characters_min || *characters > characters_max) {
    state_->fail(base::Errc::kInvalidField, pointer,
                 "must have " + std::to_string(characters_min) + " to " +
                     std::to_string(characters_max) + " characters");
    return false;
  }
  if (has_control(*text, rule)) {
    state_->fail(base::Errc::kInvalidField, pointer, "must not hold control characters");
    return false;
  }
  return true;
}

std::optional<std::string> ObjectReader::read_string(std::string_view name, Value const& value,
                                                     std::size_t characters_min,
                                                     std::size_t characters_max, TextRule rule) {
  if (!check_text(pointer(name), value, characters_min, characters_max, rule)) return std::nullopt;
  return *value.if_string();
}

std::string ObjectReader::string(std::string_view name, std::size_t characters_min,
                                 std::size_t characters_max, TextRule rule) {
  auto const* found = need(name);
  if (found == nullptr) return {};
  return read_string(name, *found, characters_min, characters_max, rule).value_or(std::string());
}

std::optional<std::string> ObjectReader::optional_string(std::string_view name,
                                                         std::size_t characters_min,
                                                         std::size_t characters_max,
                                                         TextRule rule) {
  auto const* found = maybe(name);
  if (found == nullptr) return std::nullopt;
  return read_string(name, *found, characters_min, characters_max, rule);
}

std::optional<std::int64_t> ObjectReader::read_integer(std::string_view name, Value const& value,
                                                       std::int64_t min, std::int64_t max) {
  auto const* number = value.if_integer();
  if (number == nullptr) {
    fail(base::Errc::kInvalidField, name, "must be an integer");
    return std::nullopt;
  }
  if (*number < min || *number > max) {
    fail(base::Errc::kInvalidField, name,
         "must be between " + std::to_string(min) + " and " + std::to_string(max));
    return std::nullopt;
  }
  return *number;
}

std::int64_t ObjectReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  auto const* found = need(name);
  return found == nullptr ? 0 : read_integer(name, *found, min, max).value_or(0);
}

std::optional<std::int64_t> ObjectReader::optional_integer(std::string_view name, std::int64_t min,
                                                           std::int64_t max) {
  auto const* found = maybe(name);
  if (found == nullptr) return std::nullopt;
  return read_integer(name, *found, min, max);
}

bool ObjectReader::boolean(std::string_view name) {
  auto const* found = need(name);
  if (found == nullptr) return false;
  if (auto const* flag = found->if_boolean()) return *flag;
  fail(base::Errc::kInvalidField, name, "must be true or false");
  return false;
}

std::optional<bool> ObjectReader::optional_boolean(std::string_view name) {
  if (maybe(name) == nullptr) return std::nullopt;
  return boolean(name);
}

std::optional<std::size_t> ObjectReader::read_choice(
    std::string_view name, Value const& value, std::initializer_list<std::string_view> choices) {
  auto const* text = value.if_string();
  std::string words = "must be one of";
  std::size_t index = 0;
  for (auto choice : choices) {
    if (text != nullptr && *text == choice) return index;
    words += index == 0 ? " " : ", ";
    words += choice;
    ++index;
  }
  fail(base::Errc::kInvalidField, name, words);
  return std::nullopt;
}

std::size_t ObjectReader::choice(std::string_view name,
                                 std::initializer_list<std::string_view> choices) {
  auto const* found = need(name);
  return found == nullptr ? 0 : read_choice(name, *found, choices).value_or(0);
}

std::optional<std::size_t> ObjectReader::optional_choice(
    std::string_view name, std::initializer_list<std::string_view> choices) {
  auto const* found = maybe(name);
  if (found == nullptr) return std::nullopt;
  return read_choice(name, *found, choices);
}

ObjectReader ObjectReader::object(std::string_view name) {
  static Value const empty{Value::Object{}};
  auto const* found = need(name);
  return child(found == nullptr ? empty : *found, pointer(name));
}

std::optional<ObjectReader> ObjectReader::optional_object(std::string_view name) {
  auto const* found = maybe(name);
  if (found == nullptr) return std::nullopt;
  return child(*found, pointer(name));
}

std::vector<ObjectReader> ObjectReader::objects(std::string_view name, std::size_t count_max) {
  std::vector<ObjectReader> readers;
  auto const* found = maybe(name);
  if (found == nullptr) return readers;
  auto const* array = found->if_array();
  if (array == nullptr || array->size() > count_max) {
    fail(base::Errc::kInvalidField, name,
         "must be an array of at most " + std::to_string(count_max) + " objects");
    return readers;
  }
  auto const base = pointer(name);
  readers.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    readers.push_back(child((*array)[i], child_pointer(base, i)));
  }
  return readers;
}

std::vector<std::string> ObjectReader::strings(std::string_view name, std::size_t count_max,
                                               std::size_t characters_max) {
  std::vector<std::string> texts;
  auto const* found = maybe(name);
  if (found == nullptr) return texts;
  auto const* array = found->if_array();
  if (array == nullptr || array->size() > count_max) {
    fail(base::Errc::kInvalidField, name,
         "must be an array of at most " + std::to_string(count_max) + " strings");
    return texts;
  }
  auto const base = pointer(name);
  for (std::size_t i = 0; i < array->size(); ++i) {
    auto const& element = (*array)[i];
    if (!check_text(child_pointer(base, i), element, 1, characters_max, TextRule::kOneLine)) {
      return {};
    }
    texts.push_back(*element.if_string());
  }
  return texts;
}

Value const* ObjectReader::value(std::string_view name) { return look(name); }

bool ObjectReader::has(std::string_view name) const {
  auto const* object = state_->nodes[node_].object;
  if (object == nullptr) return false;
  for (auto const& member : *object) {
    if (member.name == name) return true;
  }
  return false;
}

void ObjectReader::refuse(std::string_view name, std::string_view words) {
  fail(base::Errc::kInvalidField, name, words);
}

base::Result<void> ObjectReader::finish() const {
  if (state_->error) return base::Unexpected(*state_->error);
  for (auto const& node : state_->nodes) {
    if (node.object == nullptr) continue;
    for (std::size_t i = 0; i < node.object->size(); ++i) {
      if (node.seen.test(i)) continue;
      return base::fail(base::Errc::kUnknownField,
                        located(child_pointer(node.pointer, (*node.object)[i].name),
                                "is not a member of this object"));
    }
  }
  return {};
}

}  // namespace qrpay::gateway::json
