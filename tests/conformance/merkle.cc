// The claims of each row of vectors/merkle.json (its lists: docs/formats/proof.md and c2sp.org).
#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "ledger/tiles.h"
#include "ledger/tlog_proof.h"
#include "tests/conformance/run.h"

namespace qrpay::conformance {
namespace {

namespace json = boost::json;
using namespace ledger;
using Problems = std::vector<std::string>;

std::string text_of(json::value const& row, std::string_view key) {
  return std::string(row.at(key).as_string());
}
std::uint64_t number_of(json::value const& row, std::string_view key) {
  return row.at(key).to_number<std::uint64_t>();
}
std::string from_hex(std::string_view hex) {
  auto bytes = base::from_hex(hex);
  if (!bytes) throw std::invalid_argument("not hexadecimal");
  return std::move(*bytes);
}
std::string bytes_of(json::value const& row, std::string_view key) {
  return from_hex(text_of(row, key));
}
std::optional<base::Digest> hash_of(json::value const& row, std::string_view key) {
  return parse_hash(base::as_bytes(bytes_of(row, key)));
}

// nullopt when one of them is not a hash: then there is no proof to verify.
std::optional<std::vector<base::Digest>> proof_of(json::value const& row) {
  std::vector<base::Digest> proof;
  for (json::value const& item : row.at("proof").as_array()) {
    auto const hash = parse_hash(base::as_bytes(from_hex(item.as_string())));
    if (!hash) return std::nullopt;
    proof.push_back(*hash);
  }
  return proof;
}

std::vector<VerifierKey> keys_of(json::value const& row) {
  std::vector<VerifierKey> keys;
  for (json::value const& vkey : row.at("keys").as_array()) {
    keys.push_back(parse_vkey(vkey.as_string()).value());
  }
  return keys;
}

void expect(Problems& problems, std::string_view what, std::string_view got,
            std::string_view wanted) {
  expect_equal(problems, what, got, wanted);
}
void expect(Problems& problems, std::string_view what, std::uint64_t got, std::uint64_t wanted) {
  expect_equal(problems, what, std::to_string(got), std::to_string(wanted));
}
// The `valid` of the row against what the product says; true where both say yes.
bool expect_valid(Problems& problems, json::value const& row, bool got) {
  bool const wanted = row.at("valid").as_bool();
  expect_equal(problems, "valid", got ? "true" : "false", wanted ? "true" : "false");
  return got && wanted;
}

// "leaf %d (ASCII), index from 0" -> "leaf 7".
std::string formatted_leaf(std::string_view format, std::size_t index) {
  return std::string(format.substr(0, format.find("%d"))) + std::to_string(index);
}

std::vector<std::string> leaves_of(json::object const& tree) {
  std::vector<std::string> leaves;
  if (auto const* hex = tree.if_contains("leaves_hex")) {
    for (auto const& leaf : hex->as_array()) leaves.push_back(from_hex(leaf.as_string()));
  } else if (auto const* utf8 = tree.if_contains("leaves_utf8")) {
    for (auto const& leaf : utf8->as_array()) leaves.emplace_back(leaf.as_string());
  } else {
    auto const count = tree.at("count").to_number<std::size_t>();
    for (std::size_t i = 0; i < count; ++i) {
      leaves.push_back(formatted_leaf(tree.at("leaf_format").as_string(), i));
    }
  }
  return leaves;
}

struct Log {
  std::vector<std::string> leaves;
  MerkleTree tree;  // of all of them
};
using Logs = std::map<std::string, Log>;

Logs read_logs(json::value const& file) {
  Logs logs;
  for (auto const& item : file.at("trees").as_object()) {
    Log& log = logs[std::string(item.key())];
    log.leaves = leaves_of(item.value().as_object());
    for (auto const& leaf : log.leaves) log.tree.append(leaf_hash(base::as_bytes(leaf)));
  }
  return logs;
}

// What a row is checked with.
struct Context {
  Logs const& logs;
  json::value const& row;
  Problems& problems;

  [[nodiscard]] Log const& log() const { return logs.at(text_of(row, "tree")); }
};

void check_leaf_hash(Context const& c) {
  auto const hash = leaf_hash(base::as_bytes(bytes_of(c.row, "input")));
  expect(c.problems, "hash", base::to_hex(hash), text_of(c.row, "hash"));
}

void check_node_hash(Context const& c) {
  std::string const left = bytes_of(c.row, "left");
  std::string const right = bytes_of(c.row, "right");
  expect(c.problems, "hash", base::to_hex(node_hash(base::as_bytes(left), base::as_bytes(right))),
         text_of(c.row, "hash"));
}

void check_root(Context const& c) {
  auto const root = c.log().tree.root(number_of(c.row, "size"));
  expect(c.problems, "root", root ? base::to_hex(*root) : "none", text_of(c.row, "root"));
}

void check_proof(Context const& c, base::Result<void> const& verified) {
  (void)expect_valid(c.problems, c.row, verified.has_value());
  if (!verified && verified.error().errc != base::Errc::kProofInvalid)
    c.problems.push_back("refused with " + base::to_string(verified.error()));
}

void check_inclusion(Context const& c) {
  auto const leaf = hash_of(c.row, "leaf_hash");
  auto const root = hash_of(c.row, "root");
  auto const proof = proof_of(c.row);
  if (!leaf || !root || !proof) return (void)expect_valid(c.problems, c.row, false);
  InclusionClaim const claim{number_of(c.row, "leaf_index"), number_of(c.row, "tree_size"), *leaf,
                             *root};
  check_proof(c, verify_inclusion(claim, *proof));
}

void check_consistency(Context const& c) {
  auto const root1 = hash_of(c.row, "root1");
  auto const root2 = hash_of(c.row, "root2");
  auto const proof = proof_of(c.row);
  if (!root1 || !root2 || !proof) return (void)expect_valid(c.problems, c.row, false);
  ConsistencyClaim const claim{number_of(c.row, "size1"), number_of(c.row, "size2"), *root1,
                               *root2};
  check_proof(c, verify_consistency(claim, *proof));
}

void check_file(Context const& c, std::string_view path, base::Result<std::string> const& bytes) {
  expect(c.problems, "path", path, text_of(c.row, "path"));
  if (!bytes) return c.problems.push_back("none: " + base::to_string(bytes.error()));
  expect(c.problems, "bytes", bytes->size(), number_of(c.row, "bytes"));
  expect(c.problems, "sha256", base::to_hex(base::sha256(base::as_bytes(*bytes))),
         text_of(c.row, "sha256"));
}

void check_tile(Context const& c) {
  MerkleTree tree;  // of exactly the size that is claimed
  for (std::size_t i = 0; i < number_of(c.row, "tree_size"); ++i) {
    tree.append(leaf_hash(base::as_bytes(c.log().leaves.at(i))));
  }
  auto const level = static_cast<unsigned>(number_of(c.row, "level"));
  std::uint64_t const index = number_of(c.row, "index");
  TileId const tile{level, index, tile_width(level, index, tree.size())};
  expect(c.problems, "width", tile.width, number_of(c.row, "width"));
  check_file(c, format_tile_path(tile), tile_bytes(tree, tile));
}

void check_entry_bundle(Context const& c) {
  BundleId const bundle{number_of(c.row, "index"),
                        static_cast<unsigned>(number_of(c.row, "width"))};
  std::vector<base::ByteView> entries;
  for (std::size_t i = 0; i < bundle.width; ++i) {
    entries.push_back(base::as_bytes(c.log().leaves.at(bundle.index * kTileWidth + i)));
  }
  auto const bytes = entry_bundle_bytes(entries);
  check_file(c, format_entries_path(bundle), bytes);
  auto const read = parse_entry_bundle(base::as_bytes(bytes.value()));
  bool same = read && read->size() == entries.size();
  for (std::size_t i = 0; same && i < entries.size(); ++i) {
    same = base::as_text((*read)[i]) == base::as_text(entries[i]);
  }
  if (!same) c.problems.emplace_back("reads back as something else");
}

// In the vectors `partial` 0 stands for a full tile.
unsigned width_of(json::value const& row) {
  auto const partial = static_cast<unsigned>(number_of(row, "partial"));
  return partial == 0 ? kTileWidth : partial;
}

void check_tile_path(Context const& c) {
  TileId const tile{static_cast<unsigned>(number_of(c.row, "level")), number_of(c.row, "index"),
                    width_of(c.row)};
  auto const parsed = parse_tile_path(text_of(c.row, "path"));
  if (!expect_valid(c.problems, c.row, parsed.has_value())) return;
  if (*parsed != tile) c.problems.emplace_back("parses as another tile");
  expect(c.problems, "path", format_tile_path(tile), text_of(c.row, "path"));
}

void check_entries_path(Context const& c) {
  BundleId const bundle{number_of(c.row, "index"), width_of(c.row)};
  auto const parsed = parse_entries_path(text_of(c.row, "path"));
  if (!parsed || *parsed != bundle) c.problems.emplace_back("parses as another bundle");
  expect(c.problems, "path", format_entries_path(bundle), text_of(c.row, "path"));
}

void check_entries_path_for_index(Context const& c) {
  auto const bundle = bundle_of_entry(number_of(c.row, "seq"), number_of(c.row, "log_size"));
  expect(c.problems, "path", bundle ? format_entries_path(*bundle) : "none",
         text_of(c.row, "path"));
}

std::string hex_of_id(std::uint32_t key_id) {
  std::string id;
  base::ByteWriter(id).u32(key_id);
  return base::to_hex(base::as_bytes(id));
}

void check_vkey(Context const& c) {
  auto const key = parse_vkey(text_of(c.row, "vkey"));
  if (!expect_valid(c.problems, c.row, key.has_value())) return;
  expect(c.problems, "name", key->name, text_of(c.row, "name"));
  expect(c.problems, "key_id", hex_of_id(key->key_id), text_of(c.row, "key_id"));
  expect(c.problems, "sig_type", static_cast<std::uint64_t>(key->type),
         number_of(c.row, "sig_type"));
  expect(c.problems, "public_key", base::to_hex(key->public_key), text_of(c.row, "public_key"));
  expect(c.problems, "printed", format_vkey(*key), text_of(c.row, "vkey"));
}

std::string result_name(base::Result<OpenedNote> const& opened) {
  if (opened) return "ok";
  base::Errc const errc = opened.error().errc;
  if (errc == base::Errc::kNoteMalformed) return "malformed";
  if (errc == base::Errc::kNoteUnverified) return "unverified";
  if (errc == base::Errc::kSignatureInvalid) return "invalid-signature";
  return base::to_string(opened.error());
}

void check_note(Context const& c) {
  auto const opened = open_note(text_of(c.row, "note"), keys_of(c.row));
  expect(c.problems, "result", result_name(opened), text_of(c.row, "result"));
  std::string names;
  std::string wanted;
  if (opened) {
    for (VerifierKey const& key : opened->verified_by) names += key.name + ' ';
    expect(c.problems, "printed", format_note(opened->note), text_of(c.row, "note"));
  }
  for (json::value const& name : c.row.at("verified_by").as_array())
    wanted += std::string(name.as_string()) + ' ';
  expect(c.problems, "verified_by", names, wanted);
}

void check_checkpoint(Context const& c) {
  auto const keys = keys_of(c.row);
  auto const opened = open_checkpoint(text_of(c.row, "note"), {.log_keys = keys});
  (void)expect_valid(c.problems, c.row, opened.has_value());
  // The fields are given for the invalid row too: there it is the key that is unknown.
  Note const note = parse_note(text_of(c.row, "note")).value();
  Checkpoint const checkpoint = parse_checkpoint(note.text).value();
  expect(c.problems, "origin", checkpoint.origin, text_of(c.row, "origin"));
  expect(c.problems, "size", checkpoint.size, number_of(c.row, "size"));
  expect(c.problems, "root", base::to_hex(checkpoint.root), text_of(c.row, "root"));
  expect(c.problems, "printed", format_checkpoint(checkpoint), note.text);
  if (opened && opened->checkpoint != checkpoint) c.problems.emplace_back("opens as another");
}

void check_checkpoint_body(Context const& c) {
  (void)expect_valid(c.problems, c.row, parse_checkpoint_lines(text_of(c.row, "text")).has_value());
}

void check_cosignature(Context const& c) {
  std::vector<VerifierKey> const log = {parse_vkey(text_of(c.row, "log_key")).value()};
  std::vector<VerifierKey> const witness = {parse_vkey(text_of(c.row, "witness_key")).value()};
  expect(c.problems, "key_id", hex_of_id(witness[0].key_id), text_of(c.row, "key_id"));
  Note const note = parse_note(text_of(c.row, "note")).value();
  expect(c.problems, "signed_message",
         cosignature_message(number_of(c.row, "timestamp"), note.text),
         text_of(c.row, "signed_message"));
  auto const cosignature = verify_cosignature(note, witness[0]);
  if (expect_valid(c.problems, c.row, cosignature.has_value()))
    expect(c.problems, "timestamp", cosignature->timestamp, number_of(c.row, "timestamp"));
  LogPolicy const policy{.log_keys = log, .witnesses = witness, .witnesses_min = 1};
  bool const met = open_checkpoint(text_of(c.row, "note"), policy).has_value();
  if (met != cosignature.has_value()) c.problems.emplace_back("the policy says otherwise");
}

void check_tlog_proof(Context const& c) {
  auto const keys = keys_of(c.row);
  std::string const entry = bytes_of(c.row, "entry");
  std::string const text = text_of(c.row, "proof_file");
  auto const proven = verify_tlog_proof(base::as_bytes(entry), text, {.log_keys = keys});
  if (auto const proof = parse_tlog_proof(text))
    expect(c.problems, "printed", format_tlog_proof(*proof), text);
  if (!expect_valid(c.problems, c.row, proven.has_value())) return;
  json::object const& fields = c.row.as_object();
  Checkpoint const& checkpoint = proven->checkpoint.checkpoint;
  if (fields.contains("index"))
    expect(c.problems, "index", proven->index, number_of(c.row, "index"));
  if (fields.contains("size"))
    expect(c.problems, "size", checkpoint.size, number_of(c.row, "size"));
  if (fields.contains("root"))
    expect(c.problems, "root", base::to_hex(checkpoint.root), text_of(c.row, "root"));
}

std::map<std::string_view, void (*)(Context const&)> const kLists = {
    {"leaf_hash", check_leaf_hash},
    {"node_hash", check_node_hash},
    {"root", check_root},
    {"inclusion", check_inclusion},
    {"consistency", check_consistency},
    {"tile", check_tile},
    {"entry_bundle", check_entry_bundle},
    {"tile_path", check_tile_path},
    {"entries_path", check_entries_path},
    {"entries_path_for_index", check_entries_path_for_index},
    {"vkey", check_vkey},
    {"note", check_note},
    {"checkpoint", check_checkpoint},
    {"checkpoint_body", check_checkpoint_body},
    {"cosignature", check_cosignature},
    {"tlog_proof", check_tlog_proof},
};

}  // namespace

std::vector<Row> check_merkle(json::value const& file) {
  Logs const logs = read_logs(file);
  std::vector<Row> out;
  for (auto const& item : file.as_object()) {
    if (!item.value().is_array()) continue;
    std::string const list(item.key());
    auto const check = kLists.find(list);
    for (json::value const& row : item.value().as_array()) {
      Row& answer = out.emplace_back(Row{list + ' ' + text_of(row, "id"), {}});
      if (check == kLists.end()) answer.problems.emplace_back("a list that nobody reads");
      if (check != kLists.end()) check->second({logs, row, answer.problems});
    }
  }
  Row& empty = out.emplace_back(Row{"empty_root", {}});
  expect(empty.problems, "root", base::to_hex(empty_root()), text_of(file, "empty_root"));
  return out;
}

}  // namespace qrpay::conformance
