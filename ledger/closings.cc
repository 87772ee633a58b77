#include "ledger/closings.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/files.h"
#include "ledger/witness.h"

namespace qrpay::ledger {

using base::Day;
using base::Errc;
using base::fail;
using base::Result;
using base::WallTime;

namespace {

Day after(Day day) { return Day(day.days() + 1); }

/// Ascending. Files of other names are not ours and are passed over.
Result<std::vector<Day>> days_in(std::string const& dir) {
  std::vector<Day> days;
  std::error_code error;
  for (std::filesystem::directory_iterator at(dir, error), end; !error && at != end;
       at.increment(error))
    if (auto const day = base::parse_day(at->path().filename().string())) days.push_back(*day);
  if (error) return fail(Errc::kIo, dir + ": " + error.message());
  std::sort(days.begin(), days.end());
  return days;
}

}  // namespace

Result<std::unique_ptr<Closings>> Closings::open(Log const& log, CheckpointSigner& signer,
                                                 std::string dir) {
  QRPAY_TRY_VOID(base::make_directories(dir));
  QRPAY_TRY(std::vector<Day> const days, days_in(dir));
  Day next;
  if (days.empty()) {
    QRPAY_TRY(StoredRecord const first, log.read(Sequence(1)));
    next = base::business_day(first.record.log_time);
  } else {
    next = after(days.back());
  }
  return std::unique_ptr<Closings>(new Closings(log, signer, std::move(dir), next));
}

std::string Closings::path_of(Day day) const { return dir_ + "/" + base::format_day(day); }

Day Closings::next_day() const {
  std::lock_guard const lock(mutex_);
  return next_;
}

// Stamps never go back, so the records before `end` are the first ones.
Result<std::uint64_t> Closings::size_before(WallTime end) const {
  std::uint64_t low = 0;
  std::uint64_t high = log_.size();
  while (low < high) {
    std::uint64_t const middle = low + (high - low) / 2;
    QRPAY_TRY(StoredRecord const stored, log_.read(Sequence(middle + 1)));
    if (stored.record.log_time < end)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

Result<std::vector<Closing>> Closings::close_due(WallTime now) {
  std::lock_guard const lock(mutex_);
  std::vector<Closing> made;
  while (made.size() < kClosingsAtOnceMax) {
    WallTime const end = base::start_of(after(next_));
    if (now < end) break;
    std::uint64_t const all = log_.size();
    QRPAY_TRY(std::uint64_t const size, size_before(end));
    // Without a later record, one of this day may still be on its way to the disk.
    if (size >= all && now < base::later(end, kClosingGrace)) break;
    if (size == 0) return fail(Errc::kJournalCorrupt, "the first record is of no day");
    QRPAY_TRY(CheckpointSigner::Signed note, signer_.sign_covered(size));
    QRPAY_TRY_VOID(base::replace_file_synced(path_of(next_), note.note));
    made.push_back({next_, size, std::move(note.note)});
    next_ = after(next_);
  }
  return made;
}

Result<Closing> Closings::find(Day day) const {
  std::lock_guard const lock(mutex_);
  if (!base::file_exists(path_of(day))) return fail(Errc::kNotFound, "no closing of that day");
  QRPAY_TRY(std::string text, base::read_file(path_of(day), kNoteBytesMax));
  QRPAY_TRY(Note const note, parse_note(text));
  QRPAY_TRY(Checkpoint const checkpoint, parse_checkpoint(note.text));
  return Closing{day, checkpoint.size, std::move(text)};
}

Result<std::vector<Day>> Closings::newest(Day before, std::size_t count) const {
  QRPAY_TRY(std::vector<Day> days, days_in(dir_));
  days.erase(std::lower_bound(days.begin(), days.end(), before), days.end());
  if (days.size() > count)
    days.erase(days.begin(), days.end() - static_cast<std::ptrdiff_t>(count));
  return days;
}

Result<void> Closings::add_cosignatures(Day day, std::span<NoteSignature const> lines) {
  std::lock_guard const lock(mutex_);
  if (!base::file_exists(path_of(day))) return fail(Errc::kNotFound, "no closing of that day");
  QRPAY_TRY(std::string const note, base::read_file(path_of(day), kNoteBytesMax));
  QRPAY_TRY(std::string const whole, with_cosignatures(note, lines));
  if (whole == note) return {};
  return base::replace_file_synced(path_of(day), whole);
}

}  // namespace qrpay::ledger
