// The engine without its threads: stamped commands in, a batch of decided records and answers out.
//
// Deterministic: the same stamped commands on the same vault give the same records and answers,
// however they are cut into batches. engine.h puts threads around it; the simulation drives it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "engine/decide.h"
#include "engine/prepare.h"
#include "engine/stages.h"
#include "engine/state.h"
#include "engine/state_rows.h"
#include "ledger/log.h"

namespace qrpay::engine {

/// A record and its sections in the clear: all that an answer is made from.
struct Decided {
  ledger::Record record;
  ledger::Sections sections;
};

struct Reply {
  enum class Kind : std::uint8_t {
    kDecided,   ///< this command made `decided`
    kReplayed,  ///< an earlier command with this id made it; same body
    kRefused,   ///< no record was made, no id taken
    kIdReused,  ///< the id belongs to `decided`, whose body was another
  };
  Kind kind = Kind::kRefused;
  std::shared_ptr<Decided const> decided;  ///< null when refused
  base::Error error{};                     ///< when refused or the id was used before
  /// A repeat of what was erased: whether it had this body cannot be told any more.
  bool body_unverified = false;
};
using ReplyCallback = std::function<void(Reply const&)>;

/// Looks at the state in the engine's thread; what it returns is run when all it saw is durable.
using Query = std::function<std::function<void()>(State const&)>;

/// What goes to the disk as one synced write, and who waits for it.
class Batch {
 public:
  struct Entry {
    std::shared_ptr<Decided> decided;
    std::string canonical;  ///< for the body tag
  };
  /// An answer, or the end of a query. A plain pair for the one and a function for the other: an
  /// allocation for each of 8,000 answers is what a function holding both would cost.
  struct Release {
    ReplyCallback reply;
    Reply value;
    std::function<void()> query_end;
    /// Sections that are erased and lie in `value` still: left out of what is given away, which is
    /// made then, when the record is complete.
    ledger::SectionMask hidden = 0;
    void operator()() const;
  };
  std::vector<Entry> entries;
  /// In order of arrival; each is run once, when everything before it is durable.
  std::vector<Release> releases;
  Laps laps;
  [[nodiscard]] bool empty() const { return entries.empty() && releases.empty(); }
};

/// Seals a batch: body tags, sections, commitments, encoded bytes. Completes its
/// records. One thread. With a clock the time goes to the batch's laps.
[[nodiscard]] std::vector<ledger::Log::Sealed> seal(Batch& batch, ledger::VaultCursor& cursor,
                                                    base::Clock* clock = nullptr);

/// Opens the sections of a stored record but for those that are erased, or cannot be read. One
/// thread.
[[nodiscard]] std::shared_ptr<Decided const> open_sections(ledger::StoredRecord const& stored,
                                                           ledger::VaultCursor& cursor,
                                                           ledger::SectionMask erased);

/// Distinct bodies under one bank event id that leave a record; more get the 409 alone.
inline constexpr std::uint32_t kIdReusesMax = 16;

/// One thread.
class Core {
 public:
  /// `log` has been replayed into `state`. `tagger` has every generation that is announced, before
  /// and after: a command that was prepared before an announcement is prepared again.
  Core(State state, ledger::Log const& log, std::shared_ptr<ledger::Vault const> vault,
       ledger::Tagger const& tagger);

  /// Looks up the ids of commands that are processed next, in this order, all at once. Before
  /// anything else is processed or settled.
  void look_ahead(std::vector<IdTag> tags);
  /// Decides one command at `now` and adds what becomes of it to the open batch.
  void process(Prepared&& prepared, WallTime now, ReplyCallback reply);
  void process(Query const& query);
  /// Submits Ticks for everything due at `now`.
  void tick(WallTime now);

  /// The open batch; a new one is begun. The taken batch counts as in flight until settled.
  [[nodiscard]] std::shared_ptr<Batch> take_batch();
  [[nodiscard]] std::size_t open_entries() const { return open_->entries.size(); }
  [[nodiscard]] bool open_is_empty() const { return open_->empty(); }
  /// Of the open batch.
  [[nodiscard]] Laps& laps() { return open_->laps; }
  /// Batches whose last record is at or below `durable` are no longer kept.
  void settle(Sequence durable);

  [[nodiscard]] State const& state() const { return state_; }
  /// See State.
  [[nodiscard]] std::shared_ptr<ledger::Run> cut_run() { return state_.cut_run(); }
  [[nodiscard]] std::vector<std::shared_ptr<ledger::Run>> settle_runs();

 private:
  struct Seen {
    std::shared_ptr<Decided const> decided;
    bool same_body = false;
    bool unverified = false;
    ledger::SectionMask hidden = 0;  ///< of what is still in memory in the clear
  };
  [[nodiscard]] Sequence find_known(IdTag const& tag);
  [[nodiscard]] Sequence find_known(Prepared const& prepared);
  [[nodiscard]] bool refuse_if_broken(ReplyCallback& reply);
  [[nodiscard]] base::Result<Seen> look_back(Sequence first, std::string const& canonical);
  void answer_known(Prepared&& prepared, Sequence first, WallTime now, ReplyCallback reply);
  std::shared_ptr<Decided const> add_record(Draft&& draft, Prepared&& prepared, IdTag const& id_tag,
                                            WallTime time);
  void release(ReplyCallback&& reply, Reply&& value, ledger::SectionMask hidden = 0);

  State state_;
  ledger::Log const& log_;
  ledger::VaultCursor cursor_;
  ledger::Tagger const secrets_;  ///< all that are at hand
  ledger::Tagger tagger_;         ///< up to the generation that was announced last
  std::vector<IdTag> ahead_tags_;
  std::vector<std::optional<Sequence>> ahead_found_;
  std::size_t next_ahead_ = 0;
  std::shared_ptr<Batch> open_;
  std::deque<std::shared_ptr<Batch>> in_flight_;
};

/// Takes a stored record in; opens section 0 where the code of an order lies there.
void apply_stored(State& state, ledger::StoredRecord const& stored, ledger::VaultCursor& cursor);

/// Replays a log into a state, all of it in memory; `also` sees every record too. Errors:
/// Log::replay's and those of `also`.
[[nodiscard]] base::Result<State> replay_state(ledger::Log& log,
                                               std::shared_ptr<ledger::Vault const> vault,
                                               Observer const& also = nullptr);

}  // namespace qrpay::engine
