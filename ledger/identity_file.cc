#include "ledger/identity_file.h"

#include <optional>
#include <vector>

#include "base/files.h"
#include "ledger/kind.h"
#include "ledger/lines.h"
#include "ledger/log.h"

namespace qrpay::ledger {

using base::Result;

namespace {

constexpr std::string_view kFirstLine = "qrpay identity 1\n";
/// A rotation a day for ten years.
constexpr std::size_t kFileBytesMax = 64 * 1024;

std::string text_of(Identity const& identity) {
  std::string text(kFirstLine);
  for (auto const sequence : identity.records()) text += std::to_string(sequence.value()) + "\n";
  return text;
}

// nullopt when the hint is absent or not what the journal says.
std::optional<Identity> by_hint(Store const& store, std::string const& path) {
  if (!base::file_exists(path)) return std::nullopt;
  auto const text = base::read_file(path, kFileBytesMax);
  if (!text || !text->starts_with(kFirstLine)) return std::nullopt;
  Identity identity;
  LineReader lines(std::string_view(*text).substr(kFirstLine.size()));
  for (auto line = lines.next(); line; line = lines.next()) {
    auto const number = parse_decimal(*line);
    if (!number) return std::nullopt;
    Sequence const sequence(*number);
    auto const block = store.read_block(sequence);
    if (!block) return std::nullopt;
    auto const view = BlockView::open(base::as_bytes(block->bytes), block->first);
    if (!view || !view->holds(sequence)) return std::nullopt;
    auto const stored = decode_entry(view->at(sequence), sequence);
    if (!stored || !Identity::concerns(stored->record.kind)) return std::nullopt;
    identity.apply(stored->record);
  }
  bool const whole = identity.begun() && text_of(identity) == *text;
  return whole ? std::optional(std::move(identity)) : std::nullopt;
}

}  // namespace

Result<Identity> find_identity(Store const& store, std::string const& path) {
  if (store.last() == Sequence(0)) return Identity();
  if (auto hinted = by_hint(store, path)) return std::move(*hinted);
  Identity identity;
  Result<void> outcome;
  QRPAY_TRY_VOID(store.scan(Sequence(1), [&](Block const& block) {
    outcome = identity.take(block);
    return outcome.has_value();
  }));
  QRPAY_TRY_VOID(outcome);
  return identity;
}

Result<void> write_identity_file(std::string const& path, Identity const& identity) {
  std::string const text = text_of(identity);
  if (auto const old = base::read_file(path, kFileBytesMax); old && *old == text) return {};
  return base::replace_file_synced(path, text);
}

}  // namespace qrpay::ledger
