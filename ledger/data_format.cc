#include "ledger/data_format.h"

#include <algorithm>
#include <array>

#include "base/files.h"
#include "ledger/fields.h"
#include "ledger/log.h"
#include "ledger/tlv.h"

namespace qrpay::ledger {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::uint16_t kDone = 1;  // engine::Outcome::kDone
/// Even fields from here on came after data 1.
constexpr std::uint16_t kFirstNewField = 102;

Result<StoredRecord> last_record(Store const& store) {
  QRPAY_TRY(Block const block, store.read_block(store.last()));
  QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
  return decode_entry(view.at(store.last()), store.last());
}

bool says(Record const& record, unsigned from, unsigned to) {
  TlvReader const body(record.body);
  return record.kind == Kind::kUpgrade && body.number_or(field::kFormatFrom, 0) == from &&
         body.number_or(field::kFormatTo, 0) == to;
}

// The record first: a directory of the newer version always has it.
Result<FormatChange> change(DataPaths const& paths, OpenedData const& data, FormatChange what,
                            WallTime now) {
  Store& store = *data.store;
  QRPAY_TRY(StoredRecord const last, last_record(store));
  what.record = store.last();
  if (!says(last.record, what.from, what.to)) {
    Record record;
    record.kind = Kind::kUpgrade;
    record.outcome = kDone;
    record.sequence = Sequence(store.last().value() + 1);
    record.log_time = std::max(now, last.record.log_time);
    // Of its own id, as everything that is decided, under the secret that every ledger has.
    Tagger const tagger(data.secrets.dedupe);
    QRPAY_CHECK(tagger.find(1) != nullptr);  // open_data() read it
    record.tag_generation = 1;
    record.id_tag = tagger.find(1)->id_tag({.tenant = Sequence(0),
                                            .kind = Kind::kUpgrade,
                                            .id = "upgrade " + std::to_string(what.from) + ' ' +
                                                  std::to_string(what.to) + ' ' +
                                                  std::to_string(record.sequence.value()),
                                            .revision = 1});
    record.commitment = commitment_of({});
    TlvWriter body(record.body);
    body.u32(field::kFormatFrom, what.from);
    body.u32(field::kFormatTo, what.to);
    std::string leaf;
    encode_record(record, leaf);
    BlockBuilder builder;
    builder.add(base::as_bytes(leaf), {});
    QRPAY_TRY(what.record, store.append(builder.take()));
    QRPAY_TRY(DurableMark mark, DurableMark::open(paths.durable_mark()));
    mark.set(what.record);
  }
  QRPAY_TRY_VOID(base::replace_file_synced(paths.dir + "/FORMAT", format_line(what.to)));
  return what;
}

}  // namespace

std::optional<std::string> newer_than_data_1(Record const& record) {
  constexpr std::array kKinds = {Kind::kGenesis,
                                 Kind::kRegisterBank,
                                 Kind::kRegisterMerchant,
                                 Kind::kRegisterShop,
                                 Kind::kRegisterTerminal,
                                 Kind::kOpenAccount,
                                 Kind::kKey,
                                 Kind::kPutOrder,
                                 Kind::kCancelOrder,
                                 Kind::kBankCredit,
                                 Kind::kDeclareCash,
                                 Kind::kIdReuse,
                                 Kind::kTransfer,
                                 Kind::kTick,
                                 Kind::kUpgrade};
  if (std::find(kKinds.begin(), kKinds.end(), record.kind) == kKinds.end())
    return std::string(kind_name(record.kind));
  if (record.rules_version > 1) return "rules " + std::to_string(record.rules_version);
  for (auto const& posting : record.postings)
    if (posting.layer != Layer::kPosted) return "held money";
  std::optional<std::string> found;
  base::ByteReader body(base::as_bytes(record.body));
  while (!found && body.ok() && !body.at_end()) {
    std::uint16_t const tag = body.u16();
    static_cast<void>(body.bytes(body.u16()));
    if (tag >= kFirstNewField && tag % 2 == 0) found = "field " + std::to_string(tag);
  }
  return found;
}

Result<FormatChange> upgrade_data(DataPaths const& paths, OpenedData const& data, WallTime now) {
  QRPAY_TRY(unsigned const from, read_format(paths.dir));
  if (from == kDataFormat) return FormatChange{from, kDataFormat, Sequence(0)};
  return change(paths, data, {from, kDataFormat, {}}, now);
}

Result<FormatChange> downgrade_data(DataPaths const& paths, OpenedData const& data, WallTime now) {
  QRPAY_TRY(unsigned const from, read_format(paths.dir));
  if (from == 1) return FormatChange{from, 1, Sequence(0)};
  if (data.store->archive() != nullptr)
    return fail(Errc::kDataFormatNewer, "the archive needs data 2: nothing was changed");
  Result<void> scanned;
  auto const check = [&](Block const& block) -> Result<void> {
    QRPAY_TRY(BlockView const view, BlockView::open(base::as_bytes(block.bytes), block.first));
    for (std::uint32_t i = 0; i < view.count(); ++i) {
      Sequence const sequence(block.first.value() + i);
      QRPAY_TRY(StoredRecord const stored, decode_entry(view.entry(i), sequence));
      if (auto const what = newer_than_data_1(stored.record))
        return fail(Errc::kDataFormatNewer, "sequence " + std::to_string(sequence.value()) + ": " +
                                                *what + " needs data 2: nothing was changed");
    }
    return {};
  };
  QRPAY_TRY_VOID(data.store->scan(Sequence(1), [&](Block const& block) {
    scanned = check(block);
    return scanned.has_value();
  }));
  QRPAY_TRY_VOID(scanned);
  return change(paths, data, {from, 1, {}}, now);
}

}  // namespace qrpay::ledger
