#include "gateway/api/moments.h"

#include <charconv>
#include <cstdint>
#include <string>

namespace qrpay::gateway::api {

using base::fail;

namespace {

Result<Sequence> up_to(ledger::Log const& log, std::int64_t microseconds, Sequence last) {
  return log.last_at(base::WallTime(microseconds), last.value());
}

}  // namespace

Result<Moment> parse_moment(std::string_view name, std::string_view text) {
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return Moment(Sequence(number));
  if (auto const day = base::parse_day(text)) return Moment(*day);
  if (auto const time = base::parse_time(text)) return Moment(*time);
  return fail(Errc::kInvalidField,
              std::string(name) + ": a sequence, a time or a day like 2026-11-24");
}

Result<std::optional<Moment>> read_moment(Call const& call, std::string_view name) {
  auto const text = call.query(name);
  if (!text) return std::optional<Moment>();
  QRPAY_TRY(Moment const moment, parse_moment(name, *text));
  return std::optional(moment);
}

Result<Sequence> last_of(ledger::Log const& log, Moment const& moment, Sequence last) {
  if (auto const* sequence = std::get_if<Sequence>(&moment)) {
    if (*sequence > last)
      return fail(Errc::kInvalidField, "the last sequence is " + std::to_string(last.value()));
    return *sequence;
  }
  if (auto const* time = std::get_if<base::WallTime>(&moment))
    return up_to(log, time->microseconds(), last);
  base::Day const next(std::get<base::Day>(moment).days() + 1);
  return up_to(log, base::start_of(next).microseconds() - 1, last);
}

Result<Sequence> last_before(ledger::Log const& log, Moment const& moment, Sequence last) {
  if (auto const* sequence = std::get_if<Sequence>(&moment)) {
    std::uint64_t const before = sequence->value() == 0 ? 0 : sequence->value() - 1;
    return last_of(log, Moment(Sequence(before)), last);
  }
  if (auto const* time = std::get_if<base::WallTime>(&moment))
    return up_to(log, time->microseconds() - 1, last);
  return up_to(log, base::start_of(std::get<base::Day>(moment)).microseconds() - 1, last);
}

Result<Period> read_period(Call const& call) {
  Period period;
  QRPAY_TRY(period.from, read_moment(call, "from"));
  QRPAY_TRY(period.to, read_moment(call, "to"));
  return period;
}

Result<Stretch> stretch_of(ledger::Log const& log, Period const& period, Sequence last) {
  Stretch stretch{Sequence(0), last};
  if (period.from) {
    QRPAY_TRY(stretch.after, last_before(log, *period.from, last));
  }
  if (period.to) {
    QRPAY_TRY(stretch.until, last_of(log, *period.to, last));
  }
  if (stretch.until < stretch.after)
    return fail(Errc::kInvalidField, "to in the query: before from");
  return stretch;
}

}  // namespace qrpay::gateway::api
