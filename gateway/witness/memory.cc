#include "gateway/witness/memory.h"

#include <thread>
#include <utility>

namespace qrpay::gateway::witness {

using base::Errc;
using base::fail;
using base::Result;
using ledger::WitnessStatus;

bool is_proof_of_another_history(Errc errc) {
  return errc == Errc::kJournalTruncated || errc == Errc::kJournalForked;
}

Result<ledger::Checkpoint> compare_with_ours(std::string_view note, Ours const& ours) {
  QRPAY_TRY(auto opened,
            ledger::open_checkpoint(note, {.log_keys = ours.keys, .origin = ours.origin}));
  ledger::Checkpoint& theirs = opened.checkpoint;
  // Only durable sizes are signed, so what was signed before the note came is no larger than this.
  std::uint64_t const size = ours.log.size();
  if (theirs.size > size)
    return fail(Errc::kJournalTruncated, "signed up to " + std::to_string(theirs.size) +
                                             ", but our log ends at " + std::to_string(size));
  QRPAY_TRY(base::Digest const root, ours.log.root(theirs.size));
  if (root != theirs.root)
    return fail(Errc::kJournalForked, "another root at size " + std::to_string(theirs.size));
  return std::move(theirs);
}

namespace {

enum class Heard { kNothing, kAnswer };

Result<Heard> ask_one(WitnessAddress const& witness, Ours const& ours, std::string const& genesis,
                      http::ClientOptions const& options) {
  auto const named = [&witness](base::Error const& error) {
    return fail(error.errc, witness.key.name + ": " + error.detail);
  };
  Asker asker(witness, options);
  auto const note = asker.newest(ours.origin);
  if (!note) return Heard::kNothing;
  if (*note) {
    auto const compared = compare_with_ours(**note, ours);
    if (compared) return Heard::kAnswer;
    if (is_proof_of_another_history(compared.error().errc)) return named(compared.error());
  }
  auto const reply = asker.add_checkpoint({0, {}, genesis});
  if (!reply) return Heard::kNothing;
  if (reply->status == WitnessStatus::kConflict && reply->size > ours.log.size())
    return named({Errc::kJournalTruncated, "says it cosigned size " + std::to_string(reply->size)});
  // One that cosigned it has never heard of this log before, so it protects nothing yet.
  return reply->status == WitnessStatus::kConflict ? Heard::kAnswer : Heard::kNothing;
}

}  // namespace

Result<std::size_t> ask_memory(std::span<WitnessAddress const> witnesses, Ours const& ours,
                               std::string const& genesis, http::ClientOptions const& options) {
  std::vector<Result<Heard>> heard(witnesses.size(), Heard::kNothing);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < witnesses.size(); ++i)
    threads.emplace_back([&, i] { heard[i] = ask_one(witnesses[i], ours, genesis, options); });
  for (auto& thread : threads) thread.join();
  std::size_t answers = 0;
  for (auto const& one : heard) {
    if (!one) return base::Unexpected(one.error());
    if (*one == Heard::kAnswer) ++answers;
  }
  return answers;
}

}  // namespace qrpay::gateway::witness
