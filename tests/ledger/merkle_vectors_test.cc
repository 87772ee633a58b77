// Every row of tests/vectors/merkle.json, list by list. The counts are asserted, so a row that is
// lost or a list that nobody reads is a failure.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
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

namespace qrpay::ledger {
namespace {

namespace json = boost::json;

// List -> rows. Their sum is what the specification promises.
std::map<std::string, std::size_t> const kRows = {
    {"consistency", 103}, {"inclusion", 102},  {"leaf_hash", 5},
    {"node_hash", 1},     {"root", 62},        {"tile", 13},
    {"entry_bundle", 12}, {"tile_path", 3},    {"entries_path", 2},
    {"vkey", 7},          {"note", 7},         {"entries_path_for_index", 4},
    {"checkpoint", 11},   {"cosignature", 3},  {"checkpoint_body", 5},
    {"tlog_proof", 10}};
constexpr std::size_t kRowsTotal = 350;

json::object const& document() {
  static json::object const parsed = [] {
    std::ifstream file(QRPAY_VECTORS_DIR "/merkle.json");
    std::string const text((std::istreambuf_iterator<char>(file)), {});
    return json::parse(text).as_object();
  }();
  return parsed;
}

std::string text_of(json::value const& row, std::string_view key) {
  return std::string(row.at(key).as_string());
}
std::uint64_t number_of(json::value const& row, std::string_view key) {
  return row.at(key).to_number<std::uint64_t>();
}
std::string bytes_of(json::value const& row, std::string_view key) {
  return base::from_hex(text_of(row, key)).value();
}
std::optional<base::Digest> hash_of(json::value const& row, std::string_view key) {
  return parse_hash(base::as_bytes(bytes_of(row, key)));
}
std::string sha256_hex(std::string_view bytes) {
  return base::to_hex(base::sha256(base::as_bytes(bytes)));
}

// nullopt when one of them is not a hash: then there is no proof to verify.
std::optional<std::vector<base::Digest>> proof_of(json::value const& row) {
  std::vector<base::Digest> proof;
  for (json::value const& item : row.at("proof").as_array()) {
    auto const hash = parse_hash(base::as_bytes(base::from_hex(item.as_string()).value()));
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

// "leaf %d (ASCII), index from 0" -> "leaf 7".
std::string formatted_leaf(std::string_view format, std::size_t index) {
  std::size_t const mark = format.find("%d");
  return std::string(format.substr(0, mark)) + std::to_string(index);
}

std::vector<std::string> leaves_of(json::object const& tree) {
  std::vector<std::string> leaves;
  if (auto const* hex = tree.if_contains("leaves_hex")) {
    for (auto const& leaf : hex->as_array()) {
      leaves.push_back(base::from_hex(leaf.as_string()).value());
    }
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

Log const& log_of(json::value const& row) {
  static std::map<std::string, Log> const logs = [] {
    std::map<std::string, Log> all;
    for (auto const& item : document().at("trees").as_object()) {
      Log& log = all[std::string(item.key())];
      log.leaves = leaves_of(item.value().as_object());
      for (auto const& leaf : log.leaves) log.tree.append(leaf_hash(base::as_bytes(leaf)));
    }
    return all;
  }();
  return logs.at(text_of(row, "tree"));
}

std::string result_name(base::Result<OpenedNote> const& opened) {
  if (opened) return "ok";
  base::Errc const errc = opened.error().errc;
  if (errc == base::Errc::kNoteMalformed) return "malformed";
  if (errc == base::Errc::kNoteUnverified) return "unverified";
  if (errc == base::Errc::kSignatureInvalid) return "invalid-signature";
  return base::to_string(opened.error());
}

// Runs `check` on every row of `list` and asserts that none was lost.
template <class Check>
void for_each_row(std::string const& list, Check check) {
  std::size_t rows = 0;
  for (json::value const& row : document().at(list).as_array()) {
    SCOPED_TRACE(text_of(row, "id"));
    check(row);
    ++rows;
  }
  EXPECT_EQ(rows, kRows.at(list));
}

TEST(MerkleVectors, EveryListIsKnownAndTheRowsAreAsMany) {
  std::size_t total = 0;
  for (auto const& item : document()) {
    if (!item.value().is_array()) continue;
    EXPECT_EQ(kRows.count(std::string(item.key())), 1U) << item.key();
    total += item.value().as_array().size();
  }
  EXPECT_EQ(total, kRowsTotal);
  EXPECT_EQ(base::to_hex(empty_root()), document().at("empty_root").as_string());
}

TEST(MerkleVectors, LeafHash) {
  for_each_row("leaf_hash", [](json::value const& row) {
    EXPECT_EQ(base::to_hex(leaf_hash(base::as_bytes(bytes_of(row, "input")))),
              text_of(row, "hash"));
  });
}

TEST(MerkleVectors, NodeHash) {
  for_each_row("node_hash", [](json::value const& row) {
    std::string const left = bytes_of(row, "left");
    std::string const right = bytes_of(row, "right");
    EXPECT_EQ(base::to_hex(node_hash(base::as_bytes(left), base::as_bytes(right))),
              text_of(row, "hash"));
  });
}

TEST(MerkleVectors, Root) {
  for_each_row("root", [](json::value const& row) {
    MerkleTree const& tree = log_of(row).tree;
    EXPECT_EQ(base::to_hex(tree.root(number_of(row, "size")).value()), text_of(row, "root"));
  });
}

TEST(MerkleVectors, Inclusion) {
  for_each_row("inclusion", [](json::value const& row) {
    auto const leaf = hash_of(row, "leaf_hash");
    auto const root = hash_of(row, "root");
    auto const proof = proof_of(row);
    bool verifies = false;
    if (leaf && root && proof) {
      InclusionClaim const claim{number_of(row, "leaf_index"), number_of(row, "tree_size"), *leaf,
                                 *root};
      auto const result = verify_inclusion(claim, *proof);
      verifies = result.has_value();
      if (!verifies) {
        EXPECT_EQ(result.error().errc, base::Errc::kProofInvalid);
      }
    }
    EXPECT_EQ(verifies, row.at("valid").as_bool());
  });
}

TEST(MerkleVectors, Consistency) {
  for_each_row("consistency", [](json::value const& row) {
    auto const root1 = hash_of(row, "root1");
    auto const root2 = hash_of(row, "root2");
    auto const proof = proof_of(row);
    bool verifies = false;
    if (root1 && root2 && proof) {
      ConsistencyClaim const claim{number_of(row, "size1"), number_of(row, "size2"), *root1,
                                   *root2};
      auto const result = verify_consistency(claim, *proof);
      verifies = result.has_value();
      if (!verifies) {
        EXPECT_EQ(result.error().errc, base::Errc::kProofInvalid);
      }
    }
    EXPECT_EQ(verifies, row.at("valid").as_bool());
  });
}

TEST(MerkleVectors, Tile) {
  for_each_row("tile", [](json::value const& row) {
    Log const& log = log_of(row);
    MerkleTree tree;  // of exactly the size that is claimed
    for (std::size_t i = 0; i < number_of(row, "tree_size"); ++i) {
      tree.append(leaf_hash(base::as_bytes(log.leaves.at(i))));
    }
    auto const level = static_cast<unsigned>(number_of(row, "level"));
    TileId const tile{level, number_of(row, "index"),
                      tile_width(level, number_of(row, "index"), tree.size())};
    EXPECT_EQ(tile.width, number_of(row, "width"));
    EXPECT_EQ(format_tile_path(tile), text_of(row, "path"));
    std::string const bytes = tile_bytes(tree, tile).value();
    EXPECT_EQ(bytes.size(), number_of(row, "bytes"));
    EXPECT_EQ(sha256_hex(bytes), text_of(row, "sha256"));
  });
}

TEST(MerkleVectors, EntryBundle) {
  for_each_row("entry_bundle", [](json::value const& row) {
    Log const& log = log_of(row);
    BundleId const bundle{number_of(row, "index"), static_cast<unsigned>(number_of(row, "width"))};
    std::vector<base::ByteView> entries;
    for (std::size_t i = 0; i < bundle.width; ++i) {
      entries.push_back(base::as_bytes(log.leaves.at(bundle.index * kTileWidth + i)));
    }
    EXPECT_EQ(format_entries_path(bundle), text_of(row, "path"));
    std::string const bytes = entry_bundle_bytes(entries).value();
    EXPECT_EQ(bytes.size(), number_of(row, "bytes"));
    EXPECT_EQ(sha256_hex(bytes), text_of(row, "sha256"));
    auto const read = parse_entry_bundle(base::as_bytes(bytes)).value();
    ASSERT_EQ(read.size(), entries.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(base::as_text(read[i]), base::as_text(entries[i]));
    }
  });
}

// In the vectors `partial` 0 stands for a full tile.
unsigned width_of(json::value const& row) {
  auto const partial = static_cast<unsigned>(number_of(row, "partial"));
  return partial == 0 ? kTileWidth : partial;
}

TEST(MerkleVectors, TilePath) {
  for_each_row("tile_path", [](json::value const& row) {
    TileId const tile{static_cast<unsigned>(number_of(row, "level")), number_of(row, "index"),
                      width_of(row)};
    auto const parsed = parse_tile_path(text_of(row, "path"));
    ASSERT_EQ(parsed.has_value(), row.at("valid").as_bool());
    EXPECT_EQ(*parsed, tile);
    EXPECT_EQ(format_tile_path(tile), text_of(row, "path"));
  });
}

TEST(MerkleVectors, EntriesPath) {
  for_each_row("entries_path", [](json::value const& row) {
    BundleId const bundle{number_of(row, "index"), width_of(row)};
    EXPECT_EQ(parse_entries_path(text_of(row, "path")).value(), bundle);
    EXPECT_EQ(format_entries_path(bundle), text_of(row, "path"));
  });
}

TEST(MerkleVectors, EntriesPathForIndex) {
  for_each_row("entries_path_for_index", [](json::value const& row) {
    auto const bundle = bundle_of_entry(number_of(row, "seq"), number_of(row, "log_size"));
    EXPECT_EQ(format_entries_path(bundle.value()), text_of(row, "path"));
  });
}

TEST(MerkleVectors, Vkey) {
  std::size_t unsupported = 0;
  for_each_row("vkey", [&](json::value const& row) {
    auto const key = parse_vkey(text_of(row, "vkey"));
    ASSERT_EQ(key.has_value(), row.at("valid").as_bool());
    if (!key) {
      if (key.error().errc == base::Errc::kKeyUnsupported) ++unsupported;
      return;
    }
    std::string id;
    base::ByteWriter(id).u32(key->key_id);
    EXPECT_EQ(key->name, text_of(row, "name"));
    EXPECT_EQ(base::to_hex(base::as_bytes(id)), text_of(row, "key_id"));
    EXPECT_EQ(static_cast<std::uint64_t>(key->type), number_of(row, "sig_type"));
    EXPECT_EQ(base::to_hex(key->public_key), text_of(row, "public_key"));
    EXPECT_EQ(format_vkey(*key), text_of(row, "vkey"));
  });
  EXPECT_EQ(unsupported, 1U) << "the row with an unknown signature type";
}

TEST(MerkleVectors, Note) {
  for_each_row("note", [](json::value const& row) {
    auto const opened = open_note(text_of(row, "note"), keys_of(row));
    EXPECT_EQ(result_name(opened), text_of(row, "result"));
    std::vector<std::string> names;
    if (opened) {
      for (VerifierKey const& key : opened->verified_by) names.push_back(key.name);
      EXPECT_EQ(format_note(opened->note), text_of(row, "note"));
    }
    EXPECT_EQ(names, json::value_to<std::vector<std::string>>(row.at("verified_by")));
  });
}

TEST(MerkleVectors, Checkpoint) {
  for_each_row("checkpoint", [](json::value const& row) {
    auto const keys = keys_of(row);
    auto const opened = open_checkpoint(text_of(row, "note"), {.log_keys = keys});
    ASSERT_EQ(opened.has_value(), row.at("valid").as_bool());
    // The fields are given for the invalid row too: there it is the key that is unknown.
    Note const note = parse_note(text_of(row, "note")).value();
    Checkpoint const checkpoint = parse_checkpoint(note.text).value();
    EXPECT_EQ(checkpoint.origin, text_of(row, "origin"));
    EXPECT_EQ(checkpoint.size, number_of(row, "size"));
    EXPECT_EQ(base::to_hex(checkpoint.root), text_of(row, "root"));
    EXPECT_EQ(format_checkpoint(checkpoint), note.text);
    if (opened) {
      EXPECT_EQ(opened->checkpoint, checkpoint);
    }
  });
}

TEST(MerkleVectors, CheckpointBody) {
  for_each_row("checkpoint_body", [](json::value const& row) {
    auto const lines = parse_checkpoint_lines(text_of(row, "text"));
    EXPECT_EQ(lines.has_value(), row.at("valid").as_bool());
  });
}

TEST(MerkleVectors, Cosignature) {
  for_each_row("cosignature", [](json::value const& row) {
    std::vector<VerifierKey> const log = {parse_vkey(text_of(row, "log_key")).value()};
    std::vector<VerifierKey> const witness = {parse_vkey(text_of(row, "witness_key")).value()};
    std::string id;
    base::ByteWriter(id).u32(witness[0].key_id);
    EXPECT_EQ(base::to_hex(base::as_bytes(id)), text_of(row, "key_id"));

    Note const note = parse_note(text_of(row, "note")).value();
    EXPECT_EQ(cosignature_message(number_of(row, "timestamp"), note.text),
              text_of(row, "signed_message"));
    auto const cosignature = verify_cosignature(note, witness[0]);
    ASSERT_EQ(cosignature.has_value(), row.at("valid").as_bool());
    if (cosignature) {
      EXPECT_EQ(cosignature->timestamp, number_of(row, "timestamp"));
    }

    LogPolicy const policy{.log_keys = log, .witnesses = witness, .witnesses_min = 1};
    EXPECT_EQ(open_checkpoint(text_of(row, "note"), policy).has_value(),
              row.at("valid").as_bool());
  });
}

TEST(MerkleVectors, TlogProof) {
  for_each_row("tlog_proof", [](json::value const& row) {
    auto const keys = keys_of(row);
    std::string const entry = bytes_of(row, "entry");
    std::string const text = text_of(row, "proof_file");
    auto const proven = verify_tlog_proof(base::as_bytes(entry), text, {.log_keys = keys});
    ASSERT_EQ(proven.has_value(), row.at("valid").as_bool());
    if (auto const proof = parse_tlog_proof(text)) {
      EXPECT_EQ(format_tlog_proof(*proof), text);
    }
    if (!proven) return;
    json::object const& fields = row.as_object();
    if (fields.contains("index")) {
      EXPECT_EQ(proven->index, number_of(row, "index"));
    }
    if (fields.contains("size")) {
      EXPECT_EQ(proven->checkpoint.checkpoint.size, number_of(row, "size"));
    }
    if (fields.contains("root")) {
      EXPECT_EQ(base::to_hex(proven->checkpoint.checkpoint.root), text_of(row, "root"));
    }
  });
}

}  // namespace
}  // namespace qrpay::ledger
