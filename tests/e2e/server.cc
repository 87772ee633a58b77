#include "tests/e2e/server.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "gateway/auth/authenticate.h"
#include "gateway/json/writer.h"

namespace qrpay::e2e {

using gateway::http::Header;
using gateway::json::Value;

TestRun const& test_run() {
  static TestRun const run = [] {
    TestRun read;
    if (char const* text = std::getenv("QRPAY_LONG")) read.is_long = std::string_view(text) == "1";
    if (char const* text = std::getenv("QRPAY_SEED")) read.seed = std::strtoull(text, nullptr, 10);
    ::unsetenv("QRPAY_LONG");
    ::unsetenv("QRPAY_SEED");
    return read;
  }();
  return run;
}

ScratchDirectory::ScratchDirectory() {
  std::string name = testing::TempDir() + "/qrpay-e2e-XXXXXX";
  path_ = ::mkdtemp(name.data());
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

cli::Finished run_qrpay(std::vector<std::string> const& arguments,
                        std::vector<std::string> const& environment,
                        std::string const& input_file) {
  (void)test_run();
  std::vector<std::string> command = {"/usr/bin/env"};
  command.insert(command.end(), environment.begin(), environment.end());
  command.insert(command.end(),
                 {"/bin/sh", "-c", "exec \"$@\" 2>&1 <\"$0\"", input_file, QRPAY_PROGRAM});
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto finished = cli::run_process(command);
  if (!finished) {
    ADD_FAILURE() << to_string(finished.error());
    return {-1, {}};
  }
  return std::move(*finished);
}

Server::Server() {
  (void)test_run();
  auto const made = cli::run_process({QRPAY_PROGRAM, "init", "--dir", data(), "--json"});
  QRPAY_CHECK(made.has_value() && made->exit_code == 0);
  auto const parsed = gateway::json::parse(made->output);
  QRPAY_CHECK(parsed.has_value());
  operator_token_ = text_at(*parsed, "operator_token");
  log_vkey_ = text_at(*parsed, "log_vkey");
  start();
}

Server::~Server() {
  if (child_) stop();
}

std::vector<std::string> Server::serve_arguments() const {
  std::vector<std::string> arguments = {"serve", "--dir", data(), "--port", "0"};
  if (!config_file_.empty()) arguments.insert(arguments.end(), {"--config", config_file_});
  return arguments;
}

void Server::configure(std::string const& toml) {
  config_file_ = directory() + "/qrpay.toml";
  std::ofstream(config_file_) << toml;
}

cli::Finished Server::start_refused() { return run_qrpay(serve_arguments()); }

void Server::start(std::string const& limits) {
  std::vector<std::string> command;
  if (!limits.empty()) command = {"/bin/sh", "-c", limits + "; exec \"$@\"", "sh"};
  command.emplace_back(QRPAY_PROGRAM);
  for (auto& argument : serve_arguments()) command.push_back(std::move(argument));
  auto child = cli::Child::start(command);
  QRPAY_CHECK(child.has_value());
  auto const line = child->read_line();
  ASSERT_TRUE(line) << "the server ended before it listened: exit code " << child->wait();
  url_ = *line;
  child_.emplace(std::move(*child));
}

int Server::wait() {
  int const code = child_->wait();
  child_.reset();
  return code;
}

int Server::stop() {
  int const code = child_->stop();
  child_.reset();
  return code;
}

void Server::kill() {
  ::kill(child_->pid(), SIGKILL);
  EXPECT_EQ(child_->wait(), 128 + SIGKILL) << "it had ended before it was killed";
  child_.reset();
}

gateway::http::Endpoint Server::endpoint() const {
  auto const endpoint = gateway::http::parse_endpoint(url_);
  QRPAY_CHECK(endpoint.has_value());
  return *endpoint;
}

std::string Answer::header(std::string_view lower_case_name) const {
  auto const found = headers.find(std::string(lower_case_name));
  return found == headers.end() ? std::string() : found->second;
}

namespace {

Value const* find(Value const& value, std::string_view path) {
  Value const* at = &value;
  while (at != nullptr && !path.empty()) {
    std::size_t const dot = path.find('.');
    at = at->find(path.substr(0, dot));
    path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  }
  return at;
}

}  // namespace

std::string text_at(Value const& value, std::string_view path) {
  Value const* found = find(value, path);
  auto const* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : *text;
}

std::int64_t number_at(Value const& value, std::string_view path) {
  Value const* found = find(value, path);
  auto const* number = found == nullptr ? nullptr : found->if_integer();
  return number == nullptr ? -1 : *number;
}

Value::Array array_at(Value const& value, std::string_view path) {
  Value const* found = find(value, path);
  auto const* array = found == nullptr ? nullptr : found->if_array();
  return array == nullptr ? Value::Array() : *array;
}

Caller Caller::bearer(Server const& server, std::string token) {
  Caller caller(server);
  caller.token_ = std::move(token);
  return caller;
}

Caller Caller::signing(Server const& server, std::string key_id, std::string_view secret) {
  Caller caller(server);
  caller.key_id_ = std::move(key_id);
  auto const bytes = base::from_hex(secret);
  EXPECT_TRUE(bytes) << "not hexadecimal";
  if (bytes) caller.hmac_.emplace(base::as_bytes(*bytes));
  return caller;
}

Caller::Caller(Caller const& other)
    : server_(other.server_), token_(other.token_), key_id_(other.key_id_), hmac_(other.hmac_) {}

std::vector<Header> Caller::credentials(Request const& request) const {
  if (hmac_) return signature_headers(key_id_, *hmac_, request, unix_now());
  if (!token_.empty()) return {{"Authorization", "Bearer " + token_}};
  return {};
}

Answer Caller::ask(Request const& request) {
  if (!client_ || connected_to_ != server_->url()) {
    connected_to_ = server_->url();
    client_.emplace(server_->endpoint());
  }
  gateway::http::ClientRequest out;
  out.method = request.method;
  out.target = request.target;
  out.body = request.body;
  out.headers = credentials(request);
  out.headers.insert(out.headers.end(), request.headers.begin(), request.headers.end());
  bool const typed = std::ranges::any_of(
      out.headers, [](Header const& header) { return header.name == "Content-Type"; });
  if (!typed && !request.body.empty()) out.headers.push_back({"Content-Type", "application/json"});
  Answer answer;
  auto response = client_->send(out);
  if (!response) {
    answer.text = to_string(response.error());
    return answer;
  }
  answer.status = response->status;
  for (std::size_t i = 0; i < response->headers.size(); ++i) {
    std::string name(response->headers.name(i));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    answer.headers[name] = response->headers.value(i);
  }
  answer.text = std::move(response->body);
  if (auto parsed = gateway::json::parse(answer.text)) answer.json = std::move(*parsed);
  return answer;
}

std::vector<Header> signature_headers(std::string const& key_id, base::HmacSha256 const& key,
                                      Request const& request, std::int64_t timestamp) {
  std::string const time = std::to_string(timestamp);
  auto const text = gateway::auth::signed_text(request.method, request.target, time, request.body);
  return {{"Qrpay-Key", key_id},
          {"Qrpay-Timestamp", time},
          {"Qrpay-Signature", gateway::auth::make_signature(key, text)}};
}

std::int64_t unix_now() { return base::system_clock().wall().microseconds() / base::kSecond; }

std::string object(Texts texts, Numbers numbers) {
  std::string out;
  gateway::json::Writer writer(out);
  writer.begin_object();
  for (auto const& [name, text] : texts) writer.member(name, text);
  for (auto const& [name, number] : numbers) writer.member(name, number);
  writer.end_object();
  return out;
}

}  // namespace qrpay::e2e
