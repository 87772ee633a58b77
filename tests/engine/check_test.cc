// Projections that say something else than the journal: the first difference is named.
#include "engine/check.h"

#include <functional>

#include "ledger/fields.h"
#include "ledger/memory_store.h"
#include "ledger/tlv.h"
#include "tests/engine/keep_support.h"

namespace qrpay::engine::test {
namespace {

using ledger::Record;

class Check : public OldDirectory {
 protected:
  void SetUp() override { ASSERT_TRUE(change(ledger::upgrade_data)); }

  /// Makes the projections of a journal whose records `alter` has altered.
  void project_altered(std::function<void(Record&)> const& alter,
                       std::uint64_t records = kRecords + 1) {
    auto const data = ledger::open_data(paths_);
    ASSERT_TRUE(data);
    ledger::MemoryStore changed;
    ASSERT_TRUE(data->store->scan(base::Sequence(1), [&](ledger::Block const& block) {
      auto const view = ledger::BlockView::open(base::as_bytes(block.bytes), block.first);
      for (std::uint32_t i = 0; i < view->count(); ++i) {
        auto record = ledger::decode_record(view->entry(i).leaf);
        if (record->sequence.value() > records) return false;
        alter(*record);
        std::string leaf;
        ledger::encode_record(*record, leaf);
        ledger::BlockBuilder builder;
        builder.add(base::as_bytes(leaf), view->entry(i).side);
        EXPECT_TRUE(changed.append(builder.take()));
      }
      return true;
    }));
    ledger::Log log(changed, std::nullopt);
    auto made = rebuild({.projections = paths_.projections(), .log = log, .vault = data->vault});
    ASSERT_TRUE(made) << to_string(made.error());
    auto const run = made->state.cut_run();
    ASSERT_TRUE(project(*made->projections, log, *run));
  }

  /// "" when there is none.
  std::string difference() {
    auto const checked = check();
    EXPECT_TRUE(checked) << to_string(checked.error());
    EXPECT_FALSE(base::file_exists(root_ + "/scratch"));
    return checked ? checked->difference.value_or("") : "not checked";
  }
  /// The first difference after `alter`, up to its second space: "ids: key".
  std::string family(std::function<void(Record&)> const& alter) {
    project_altered(alter);
    std::string const all = difference();
    return all.substr(0, all.find(':'));
  }
};

TEST_F(Check, FindsNothingWhereNothingIs) {
  EXPECT_EQ(difference(), "") << "no projections yet";
  ASSERT_TRUE(use());
  EXPECT_EQ(difference(), "");
  project_altered([](Record&) {}, 9);
  EXPECT_EQ(difference(), "") << "what is not projected yet is no difference";
}

TEST_F(Check, NamesAnIdThatIsMissingOrLeadsElsewhere) {
  EXPECT_EQ(family([](Record& record) {
              if (record.kind == ledger::Kind::kBankCredit)
                record.id_tag = ledger::IdTag(base::Bytes16{1});
            }),
            "ids");
}

TEST_F(Check, NamesAMoneyTagAPageAndABalance) {
  bool changed = false;
  EXPECT_EQ(family([&](Record& record) {
              if (record.money_tags.empty()) return;
              record.money_tags.clear();
              changed = true;
            }),
            "money");
  EXPECT_TRUE(changed);
  EXPECT_EQ(family([](Record& record) {
              std::string const was = record.body;
              ledger::TlvReader const body(was);
              if (auto const tag = body.array<16>(ledger::field::kPageTag)) {
                auto const at = record.body.find(base::as_text(*tag));
                record.body[at] = static_cast<char>(record.body[at] ^ 1);
              }
            }),
            "pages");
  EXPECT_EQ(family([](Record& record) {
              if (record.postings.size() != 2) return;
              for (auto& posting : record.postings)
                posting.amount = base::Vnd(2 * posting.amount.dong());
            }),
            "accounts");
}

TEST_F(Check, NamesARowOfTheState) {
  EXPECT_EQ(family([](Record& record) {
              if (record.kind != ledger::Kind::kRegisterTerminal) return;
              record.log_time = base::WallTime(record.log_time.microseconds() + 1);
            }),
            "rows");
}

TEST_F(Check, NamesProjectionsThatCannotBeReadOrAreOfMore) {
  ASSERT_TRUE(use());
  for (auto const& entry : std::filesystem::directory_iterator(paths_.projections()))
    if (entry.path().filename() == "CURRENT")
      std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << "MANIFEST-999999\n";
  EXPECT_NE(difference(), "");
}

}  // namespace
}  // namespace qrpay::engine::test
