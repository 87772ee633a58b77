// The ledger's parts on one core: hashes, vault, seal, blocks.
#include <string>

#include "engine/core.h"
#include "ledger/block.h"
#include "ledger/merkle.h"
#include "tests/bench/ledger_groups.h"
#include "tests/bench/micro.h"

namespace qrpay::bench {

namespace {

using base::Sequence;

ledger::Record transfer_record(Sequence sequence) {
  ledger::Record record;
  record.kind = ledger::Kind::kTransfer;
  record.outcome = 1;
  record.sequence = sequence;
  record.amount = base::Vnd(1'000);
  record.tag_generation = 1;
  for (std::int64_t amount : {1'000, -1'000}) {
    auto const owner = Sequence(amount > 0 ? 7 : 8);
    record.postings.push_back(
        {ledger::account_id(ledger::AccountClass::kGeneral, owner), base::Vnd(amount)});
  }
  return record;
}

std::string leaf_of(Sequence sequence) {
  std::string leaf;
  ledger::encode_record(transfer_record(sequence), leaf);
  return leaf;
}

void bench_hashes() {
  std::string const leaf = leaf_of(Sequence(1));
  auto const leaves = rate_of([&](std::size_t) { keep(ledger::leaf_hash(base::as_bytes(leaf))); });
  print_row({.name = "ledger_leaf_hash",
             .per_second = leaves,
             .unit = "leaves",
             .remark = std::to_string(leaf.size()) + " bytes each"});
  base::Digest hash{};
  auto const appended = [&] {
    ledger::MerkleTree tree;
    auto const rate = rate_of([&](std::size_t i) {
      hash[0] = static_cast<std::uint8_t>(i);
      tree.append(hash);
    });
    check(tree.root(tree.size()).has_value(), "no root");
    return rate;
  }();
  auto const nodes = rate_of([&](std::size_t) { keep(ledger::node_hash(hash, hash)); });
  print_row({.name = "ledger_merkle_append",
             .per_second = appended,
             .unit = "leaves",
             .floor_name = "one node hash",
             .floor_per_second = nodes});
}

void bench_vault() {
  auto const vault = ledger::Vault::in_memory(base::Secret(base::Bytes32{1}));
  ledger::VaultCursor cursor(vault);
  auto const neighbours =
      rate_of([&](std::size_t i) { keep(cursor.section_keys(Sequence(i + 1), 0)); });
  print_row({.name = "ledger_vault_in_sequence", .per_second = neighbours, .unit = "keys"});
  auto const random = rate_of([&](std::size_t i) {
    std::uint64_t const at = base::IntegerHash{}(i) % 10'000'000;
    keep(cursor.section_keys(Sequence(at + 1), 0));
  });
  print_row({.name = "ledger_vault_at_random", .per_second = random, .unit = "keys"});
}

// What the sync thread does for a batch before the disk: body tags, sections, commitments, bytes.
void bench_seal(char const* name, ledger::Sections const& sections) {
  constexpr std::size_t kBatch = 1'000;
  auto const vault = ledger::Vault::in_memory(base::Secret(base::Bytes32{1}));
  ledger::VaultCursor cursor(vault);
  engine::Batch batch;
  for (std::size_t i = 1; i <= kBatch; ++i) {
    auto decided = std::make_shared<engine::Decided>();
    decided->record = transfer_record(Sequence(i));
    decided->sections = sections;
    batch.entries.push_back({std::move(decided), std::string(40, 'c')});
  }
  auto const sealed = engine::seal(batch, cursor);
  auto const read = must(ledger::decode_record(base::as_bytes(sealed[7].leaf)), "decode");
  check(read == batch.entries[7].decided->record, "another record came back");
  auto const rate = rate_of([&](std::size_t) { keep(engine::seal(batch, cursor).data()); });
  print_row({.name = name, .per_second = rate * kBatch, .unit = "records"});
}

void bench_blocks() {
  constexpr std::size_t kBatch = 1'000;
  std::vector<std::string> leaves;
  for (std::size_t i = 1; i <= kBatch; ++i) leaves.push_back(leaf_of(Sequence(i)));
  auto const rate = rate_of([&](std::size_t) {
    ledger::BlockBuilder builder;
    for (auto const& leaf : leaves) builder.add(base::as_bytes(leaf), {});
    keep(builder.take().size());
  });
  print_row({.name = "ledger_blocks", .per_second = rate * kBatch, .unit = "records"});
}

}  // namespace

void bench_parts(Choice const& choice) {
  if (choice.has("ledger_hashes")) bench_hashes();
  if (choice.has("ledger_vault")) bench_vault();
  if (choice.has("ledger_seal")) {
    bench_seal("ledger_seal_transfer", {});
    bench_seal("ledger_seal_credit", {{0, std::string(90, 'a')}, {1, std::string(110, 'b')}});
  }
  if (choice.has("ledger_blocks")) bench_blocks();
}

}  // namespace qrpay::bench
