// Places in the log as a query names them: a sequence, a time, or a day at +07:00.
#pragma once

#include <string_view>
#include <variant>

#include "base/time_text.h"
#include "gateway/api/services.h"

namespace qrpay::gateway::api {

/// Times are log times: when it was recorded, never when it is said to have happened.
using Moment = std::variant<Sequence, base::WallTime, base::Day>;

/// "4711", "2026-11-24T03:04:05Z" or "2026-11-24". Errors: kInvalidField naming `name`.
[[nodiscard]] Result<Moment> parse_moment(std::string_view name, std::string_view text);
/// The parameter `name` of the query; nullopt when it is absent. Errors: those of parse_moment().
[[nodiscard]] Result<std::optional<Moment>> read_moment(Call const& call, std::string_view name);

/// The last record that belongs to `moment` or lies before it, of those up to `last`; 0 = none. A
/// day belongs to it whole. Reads records: for the worker. Errors: kInvalidField, a sequence beyond
/// `last`; those of Log::read().
[[nodiscard]] Result<Sequence> last_of(ledger::Log const& log, Moment const& moment, Sequence last);
/// The last record before `moment`, of those up to `last`; 0 = none. The same.
[[nodiscard]] Result<Sequence> last_before(ledger::Log const& log, Moment const& moment,
                                           Sequence last);

/// A period of a query, both ends belonging to it; without `to` it ends with the last record.
struct Period {
  std::optional<Moment> from;
  std::optional<Moment> to;
};
/// `from` and `to` of the query. Errors: those of parse_moment().
[[nodiscard]] Result<Period> read_period(Call const& call);
/// Records (after, until].
struct Stretch {
  Sequence after;
  Sequence until;
};
/// Errors: those of last_of(); kInvalidField, it ends before it begins.
[[nodiscard]] Result<Stretch> stretch_of(ledger::Log const& log, Period const& period,
                                         Sequence last);

}  // namespace qrpay::gateway::api
