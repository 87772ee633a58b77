#include "cli/config.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "base/files.h"
#include "gateway/witness/asker.h"

namespace qrpay::cli {

using base::Errc;
using base::fail;
using base::Result;

namespace {

struct Setting {
  std::string_view name;
  std::function<Result<void>(Config&, std::string const&)> set;
};

Result<void> set_text(std::string& out, std::string const& value) {
  out = value;
  return {};
}

template <class T>
Result<void> set_number(T& out, std::string const& value, T min, T max) {
  T number{};
  auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < min || number > max)
    return fail(Errc::kConfigInvalid,
                "expected " + std::to_string(min) + " to " + std::to_string(max));
  out = number;
  return {};
}

constexpr std::uint64_t kDiskHeadroomMibMax = std::uint64_t{1} << 40;  // an exbibyte
constexpr std::int64_t kSlowSyncMsMax = 3'600'000;                     // an hour

Result<void> set_flag(bool& out, std::string const& value) {
  if (value != "true" && value != "false")
    return fail(Errc::kConfigInvalid, "expected true or false");
  out = value == "true";
  return {};
}

Result<void> set_list(std::vector<std::string>& out, std::string const& value) {
  out.clear();
  for (std::size_t at = 0; at < value.size();) {
    std::size_t const end = std::min(value.find(',', at), value.size());
    if (end == at) return fail(Errc::kConfigInvalid, "expected texts with commas between them");
    out.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return {};
}

std::vector<Setting> const& settings() {
  using Text = std::string const&;
  static std::vector<Setting> const kSettings = {
      {"server.address", [](Config& c, Text v) { return set_text(c.address, v); }},
      {"server.port",
       [](Config& c, Text v) { return set_number<std::uint16_t>(c.port, v, 0, 65535); }},
      {"server.threads",
       [](Config& c, Text v) { return set_number<unsigned>(c.threads, v, 1, 64); }},
      {"tls.certificate", [](Config& c, Text v) { return set_text(c.tls_certificate, v); }},
      {"tls.key", [](Config& c, Text v) { return set_text(c.tls_key, v); }},
      {"data.dir", [](Config& c, Text v) { return set_text(c.data_dir, v); }},
      {"data.vault_dir", [](Config& c, Text v) { return set_text(c.vault_dir, v); }},
      {"data.keys_dir", [](Config& c, Text v) { return set_text(c.keys_dir, v); }},
      {"data.credentials_dir", [](Config& c, Text v) { return set_text(c.credentials_dir, v); }},
      {"vault.copies", [](Config& c, Text v) { return set_text(c.vault_copies, v); }},
      {"data.accept_clock", [](Config& c, Text v) { return set_flag(c.accept_clock, v); }},
      {"data.disk_headroom_mib",
       [](Config& c, Text v) {
         return set_number<std::uint64_t>(c.disk_headroom_mib, v, 0, kDiskHeadroomMibMax);
       }},
      {"data.slow_sync_ms",
       [](Config& c, Text v) {
         return set_number<std::int64_t>(c.slow_sync_ms, v, 0, kSlowSyncMsMax);
       }},
      {"qr.banks", [](Config& c, Text v) { return set_text(c.banks_file, v); }},
      {"qr.brand_dir", [](Config& c, Text v) { return set_text(c.brand_dir, v); }},
      {"compat.vietqr_io", [](Config& c, Text v) { return set_flag(c.vietqr_io, v); }},
      {"witness.urls", [](Config& c, Text v) { return set_list(c.witness_urls, v); }},
      {"witness.keys", [](Config& c, Text v) { return set_list(c.witness_keys, v); }},
      {"witness.quorum",
       [](Config& c, Text v) { return set_number<unsigned>(c.witness_quorum, v, 0, 16); }},
      {"witness.interval_ms",
       [](Config& c, Text v) {
         return set_number<std::int64_t>(c.witness_interval_ms, v, 50, 3'600'000);
       }},
      {"witness.ca_file", [](Config& c, Text v) { return set_text(c.witness_ca_file, v); }},
  };
  return kSettings;
}

Result<void> apply(Config& config, std::string const& name, std::string const& value,
                   std::string const& where) {
  for (auto const& setting : settings()) {
    if (setting.name != name) continue;
    if (auto const done = setting.set(config, value); !done)
      return fail(Errc::kConfigInvalid, where + ": " + name + ": " + done.error().detail);
    return {};
  }
  return fail(Errc::kConfigInvalid, where + ": unknown setting " + name);
}

// The texts of an array with commas between them; nullopt when it holds anything else.
std::optional<std::string> joined(toml::array const& array) {
  std::string all;
  for (auto const& item : array) {
    auto const* text = item.as_string();
    if (text == nullptr || text->get().empty() || text->get().find(',') != std::string::npos)
      return std::nullopt;
    if (!all.empty()) all += ',';
    all += text->get();
  }
  return all;
}

// The value of a setting as the text that apply() reads; nullopt for a type that no setting has.
std::optional<std::string> plain_text(toml::node const& value) {
  if (auto const* s = value.as_string()) return s->get();
  if (auto const* i = value.as_integer()) return std::to_string(i->get());
  if (auto const* b = value.as_boolean()) return b->get() ? "true" : "false";
  if (auto const* list = value.as_array()) return joined(*list);
  return std::nullopt;
}

Result<void> apply_file(Config& config, std::string const& path) {
  auto const text = base::read_file(path, std::size_t{1} << 20);
  if (!text) return fail(Errc::kConfigInvalid, text.error().detail);
  toml::parse_result const parsed = toml::parse(std::string_view(*text));
  auto const line_of = [&path](toml::source_region const& region) {
    return path + ":" + std::to_string(region.begin.line);
  };
  if (!parsed)
    return fail(Errc::kConfigInvalid, line_of(parsed.error().source()) + ": " +
                                          std::string(parsed.error().description()));
  for (auto const& [group, node] : parsed.table()) {
    auto const* table = node.as_table();
    if (table == nullptr)
      return fail(Errc::kConfigInvalid,
                  line_of(node.source()) + ": unknown setting " + std::string(group.str()));
    for (auto const& [key, value] : *table) {
      std::string const name = std::string(group.str()) + "." + std::string(key.str());
      std::string const where = line_of(value.source());
      auto const plain = plain_text(value);
      if (!plain)
        return fail(Errc::kConfigInvalid,
                    where + ": " + name + ": text, integer, boolean or array of texts");
      QRPAY_TRY_VOID(apply(config, name, *plain, where));
    }
  }
  return {};
}

Result<void> check(Config const& config) {
  if (config.tls_certificate.empty() != config.tls_key.empty())
    return fail(Errc::kConfigInvalid, "tls.certificate and tls.key belong together");
  bool const loopback = config.address.starts_with("127.") || config.address == "::1";
  if (!loopback && config.tls_certificate.empty())
    return fail(Errc::kConfigInvalid,
                "server.address: only loopback without TLS; set tls.certificate and tls.key");
  QRPAY_TRY(auto const witnesses,
            gateway::witness::parse_addresses(config.witness_urls, config.witness_keys));
  if (config.witness_quorum > witnesses.size())
    return fail(Errc::kConfigInvalid, "witness.quorum: more than there are witnesses");
  return {};
}

}  // namespace

ledger::DataPaths Config::paths() const {
  auto paths = ledger::DataPaths::under(data_dir);
  if (!vault_dir.empty()) paths.vault = vault_dir;
  if (!keys_dir.empty()) paths.keys = keys_dir;
  paths.credentials = credentials_dir;
  for (std::size_t at = 0; at < vault_copies.size();) {
    std::size_t const end = std::min(vault_copies.find(':', at), vault_copies.size());
    if (end > at) paths.vault_copies.push_back(vault_copies.substr(at, end - at));
    at = end + 1;
  }
  return paths;
}

gateway::http::ServerOptions Config::server() const {
  gateway::http::ServerOptions options;
  options.address = address;
  options.port = port;
  options.threads = threads;
  if (!tls_certificate.empty()) options.tls = gateway::http::TlsFiles{tls_certificate, tls_key};
  return options;
}

Result<Overrides> read_environment(std::vector<std::string> const& environment) {
  static constexpr std::string_view kPrefix = "QRPAY_";
  Overrides out;
  for (auto const& entry : environment) {
    std::size_t const equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string::npos) continue;
    std::string const given = entry.substr(kPrefix.size(), equals - kPrefix.size());
    bool known = false;
    for (auto const& setting : settings()) {
      std::string name(setting.name);
      for (auto& c : name)
        c = c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
      if (name != given) continue;
      out[std::string(setting.name)] = entry.substr(equals + 1);
      known = true;
    }
    if (!known) return fail(Errc::kConfigInvalid, "environment: unknown setting QRPAY_" + given);
  }
  return out;
}

Result<Config> load_config(ConfigSources const& sources) {
  Config config;
  if (!sources.file.empty()) {
    QRPAY_TRY_VOID(apply_file(config, sources.file));
  } else if (base::file_exists(std::string(kDefaultConfigFile))) {
    QRPAY_TRY_VOID(apply_file(config, std::string(kDefaultConfigFile)));
  }
  for (auto const& [name, value] : sources.environment)
    QRPAY_TRY_VOID(apply(config, name, value, "environment"));
  for (auto const& [name, value] : sources.flags)
    QRPAY_TRY_VOID(apply(config, name, value, "flag"));
  QRPAY_TRY_VOID(check(config));
  return config;
}

std::string format_config(Config const& c) {
  auto const quoted = [](std::string const& text) {
    std::string out = "\"";
    for (char const ch : text) {
      if (ch == '"' || ch == '\\') out += '\\';
      out += ch;
    }
    return out + "\"\n";
  };
  std::string out = "[server]\naddress = " + quoted(c.address);
  out += "port = " + std::to_string(c.port) + "\nthreads = " + std::to_string(c.threads) + "\n";
  if (!c.tls_certificate.empty())
    out += "\n[tls]\ncertificate = " + quoted(c.tls_certificate) + "key = " + quoted(c.tls_key);
  auto const paths = c.paths();
  std::string vault;
  out += "\n[data]\ndir = " + quoted(paths.dir) + "vault_dir = " + quoted(paths.vault) +
         "keys_dir = " + quoted(paths.keys);
  if (!c.credentials_dir.empty()) out += "credentials_dir = " + quoted(c.credentials_dir);
  if (!c.vault_copies.empty()) vault = "\n[vault]\ncopies = " + quoted(c.vault_copies);
  out += std::string("accept_clock = ") + (c.accept_clock ? "true\n" : "false\n");
  out += "disk_headroom_mib = " + std::to_string(c.disk_headroom_mib) +
         "\nslow_sync_ms = " + std::to_string(c.slow_sync_ms) + "\n";
  out += vault;
  out += "\n[qr]\nbanks = " + quoted(c.banks_file) + "brand_dir = " + quoted(c.brand_dir);
  auto const listed = [&quoted](std::vector<std::string> const& texts) {
    std::string all;
    for (auto const& text : texts) all += (all.empty() ? "" : ", ") + quoted(text);
    std::erase(all, '\n');
    return "[" + all + "]\n";
  };
  out += "\n[witness]\nurls = " + listed(c.witness_urls) + "keys = " + listed(c.witness_keys) +
         "quorum = " + std::to_string(c.witness_quorum) +
         "\ninterval_ms = " + std::to_string(c.witness_interval_ms) +
         "\nca_file = " + quoted(c.witness_ca_file);
  out += std::string("\n[compat]\nvietqr_io = ") + (c.vietqr_io ? "true\n" : "false\n");
  return out;
}

}  // namespace qrpay::cli
