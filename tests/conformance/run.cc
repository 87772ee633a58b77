#include "tests/conformance/run.h"

#include <boost/json.hpp>
#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>

namespace qrpay::conformance {
namespace {

struct Kind {
  std::string_view name;
  std::vector<Row> (*check)(boost::json::value const& file);
};

constexpr Kind kKinds[] = {
    {"match", check_match},
    {"merkle", check_merkle},
    {"transfer_content", check_transfer_content},
    {"vietqr", check_vietqr},
    {"vnd_words", check_vnd_words},
};

struct Arguments {
  Kind const* kind = nullptr;
  std::string path;
};

std::optional<std::string_view> value_of(std::string_view argument, std::string_view option) {
  if (!argument.starts_with(option)) return std::nullopt;
  return argument.substr(option.size());
}

std::optional<Arguments> read_arguments(std::vector<std::string> const& arguments) {
  Arguments out;
  for (std::string const& argument : arguments) {
    if (auto const name = value_of(argument, "--kind=")) {
      for (Kind const& kind : kKinds) {
        if (kind.name == *name) out.kind = &kind;
      }
      if (out.kind == nullptr) return std::nullopt;
    } else if (auto const path = value_of(argument, "--file=")) {
      out.path = *path;
    } else {
      return std::nullopt;
    }
  }
  if (out.kind == nullptr || out.path.empty()) return std::nullopt;
  return out;
}

}  // namespace

void expect_equal(std::vector<std::string>& problems, std::string_view what, std::string_view got,
                  std::string_view wanted) {
  if (got == wanted) return;
  std::string problem(what);
  problem.append(": ").append(got).append(", wanted ").append(wanted);
  problems.push_back(std::move(problem));
}

int run(std::vector<std::string> const& arguments, std::ostream& out, std::ostream& err) {
  auto const wanted = read_arguments(arguments);
  if (!wanted) {
    err << "usage: qrpay_vectors --kind=KIND --file=PATH, where KIND is one of";
    for (Kind const& kind : kKinds) err << ' ' << kind.name;
    err << '\n';
    return 2;
  }
  std::ifstream stream(wanted->path, std::ios::binary);
  std::string const text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open() || stream.bad()) {
    err << "cannot read " << wanted->path << '\n';
    return 2;
  }
  std::vector<Row> rows;
  try {
    rows = wanted->kind->check(boost::json::parse(text));
  } catch (std::exception const& error) {  // not JSON, or a key is missing or of another type
    err << wanted->path << " is no file of " << wanted->kind->name << ": " << error.what() << '\n';
    return 2;
  }
  std::size_t failed = 0;
  for (Row const& row : rows) {
    for (std::string const& problem : row.problems) {
      out << "FAIL " << row.name << ": " << problem << '\n';
    }
    if (!row.problems.empty()) ++failed;
  }
  out << rows.size() - failed << " passed, " << failed << " failed\n";
  return failed == 0 && !rows.empty() ? 0 : 1;
}

}  // namespace qrpay::conformance
