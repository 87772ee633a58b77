#include "qr/vnd_words.h"

#include <array>
#include <cstddef>

#include "base/check.h"
#include "base/containers.h"
#include "base/text.h"

namespace qrpay::qr {

namespace {

/// One recording, and the words it says. The digits come first: a digit is its own index.
enum class Clip : std::uint8_t {
  kZero = 0,
  kOne = 1,
  kNine = 9,
  kTen,         ///< 1 in the tens
  kTens,        ///< after any other digit in the tens
  kOneOfTens,   ///< 1 after kTens
  kFourOfTens,  ///< 4 after kTens
  kFiveOfTens,  ///< 5 after kTen or kTens
  kNoTens,      ///< 0 in the tens before a unit
  kHundred,
  kThousand,
  kMillion,
  kBillion,
  kDong,
  kReceived,
  kShort,
  kMissing,
  kExcess,
  kOnly,
  kSandbox,
  kOutage,
  kOutageSum,
};

struct Sound {
  std::string_view id;
  std::string_view north;
  std::string_view south;
};

/// By Clip. Ids are the names of files in clip packs: stable.
constexpr std::array<Sound, 29> kSounds = {{
    {"khong", "không", "không"},
    {"mot", "một", "một"},
    {"hai", "hai", "hai"},
    {"ba", "ba", "ba"},
    {"bon", "bốn", "bốn"},
    {"nam", "năm", "năm"},
    {"sau", "sáu", "sáu"},
    {"bay", "bảy", "bảy"},
    {"tam", "tám", "tám"},
    {"chin", "chín", "chín"},
    {"muoi_10", "mười", "mười"},
    {"muoi_x", "mươi", "mươi"},
    {"mot_x1", "mốt", "mốt"},
    {"tu_x4", "tư", "tư"},
    {"lam_x5", "lăm", "lăm"},
    {"linh", "linh", "lẻ"},
    {"tram", "trăm", "trăm"},
    {"nghin", "nghìn", "ngàn"},
    {"trieu", "triệu", "triệu"},
    {"ty", "tỷ", "tỷ"},
    {"dong", "đồng", "đồng"},
    {"da_nhan", "Đã nhận", "Đã nhận"},
    {"chuyen_thieu", "Chú ý, chuyển thiếu. Mới nhận", "Chú ý, chuyển thiếu. Mới nhận"},
    {"con_thieu", ", còn thiếu", ", còn thiếu"},
    {"thua", ", thừa", ", thừa"},
    {"chi_co", "Chú ý, chỉ", "Chú ý, chỉ"},
    {"thu_nghiem", "Thử nghiệm.", "Thử nghiệm."},
    {"mat_mang", "Lúc mất mạng có", "Lúc mất mạng có"},
    {"giao_dich_tong", "giao dịch, tổng", "giao dịch, tổng"},
}};
static_assert(kSounds.size() == static_cast<std::size_t>(Clip::kOutageSum) + 1);

/// The longest int64 takes 42 clips; most amounts under 12.
using Clips = base::SmallVector<Clip, 48>;

Sound const& sound_of(Clip clip) { return kSounds[static_cast<std::size_t>(clip)]; }

/// Amounts are counted, not owed, here.
std::uint64_t count_of(base::Vnd amount) {
  QRPAY_CHECK(amount >= base::Vnd(0));
  return static_cast<std::uint64_t>(amount.dong());
}

Clip digit_clip(unsigned digit) { return static_cast<Clip>(digit); }

void append_tens_and_unit(Clips& clips, unsigned tens, unsigned unit) {
  if (tens == 1) clips.push_back(Clip::kTen);
  if (tens > 1) {
    clips.push_back(digit_clip(tens));
    clips.push_back(Clip::kTens);
  }
  if (unit == 0) return;
  if (tens > 1 && unit == 1) {
    clips.push_back(Clip::kOneOfTens);
  } else if (tens > 1 && unit == 4) {
    clips.push_back(Clip::kFourOfTens);
  } else if (tens > 0 && unit == 5) {
    clips.push_back(Clip::kFiveOfTens);
  } else {
    clips.push_back(digit_clip(unit));
  }
}

/// Three digits, not all zero. `first`: nothing was said yet, so leading zeros are silent.
void append_group(Clips& clips, unsigned group, bool first) {
  unsigned const hundreds = group / 100;
  unsigned const tens = group / 10 % 10;
  unsigned const unit = group % 10;
  bool const hundreds_said = !first || hundreds > 0;
  if (hundreds_said) {
    clips.push_back(digit_clip(hundreds));
    clips.push_back(Clip::kHundred);
    if (tens == 0 && unit > 0) clips.push_back(Clip::kNoTens);
  }
  append_tens_and_unit(clips, tens, unit);
}

/// What is over a thousand million is itself a number, so "nghìn tỷ", "tỷ tỷ". Recurses at most
/// twice: 2^64 has 20 digits. Says nothing for 0.
void append_number(Clips& clips, std::uint64_t number) {
  constexpr std::uint64_t kBillion = 1'000'000'000;
  std::size_t const start = clips.size();
  if (number >= kBillion) {
    append_number(clips, number / kBillion);
    clips.push_back(Clip::kBillion);
  }
  auto const rest = static_cast<unsigned>(number % kBillion);
  struct Group {
    unsigned value;
    std::optional<Clip> name;
  };
  for (Group const& group :
       {Group{rest / 1'000'000, Clip::kMillion}, Group{rest / 1'000 % 1'000, Clip::kThousand},
        Group{rest % 1'000, std::nullopt}}) {
    if (group.value == 0) continue;
    append_group(clips, group.value, /*first=*/clips.size() == start);
    if (group.name) clips.push_back(*group.name);
  }
}

void append_amount(Clips& clips, base::Vnd amount) {
  append_number(clips, count_of(amount));
  clips.push_back(Clip::kDong);
}

/// Empty when there is nothing to say.
Clips clips_of(Announcement const& announcement) {
  using Form = Announcement::Form;
  Clips clips;
  if (count_of(announcement.amount) == 0) return clips;
  if (announcement.sandbox) clips.push_back(Clip::kSandbox);
  switch (announcement.form) {
    case Form::kReceived:
      clips.push_back(Clip::kReceived);
      append_amount(clips, announcement.amount);
      return clips;
    case Form::kUnderpaid:
    case Form::kOverpaid: {
      if (count_of(announcement.difference) == 0) return {};
      bool const under = announcement.form == Form::kUnderpaid;
      clips.push_back(under ? Clip::kShort : Clip::kReceived);
      append_amount(clips, announcement.amount);
      clips.push_back(under ? Clip::kMissing : Clip::kExcess);
      append_amount(clips, announcement.difference);
      return clips;
    }
    case Form::kSmall:
      clips.push_back(Clip::kOnly);
      append_amount(clips, announcement.amount);
      return clips;
    case Form::kOutage:
      if (announcement.payments == 0) return {};
      clips.push_back(Clip::kOutage);
      append_number(clips, announcement.payments);
      clips.push_back(Clip::kOutageSum);
      append_amount(clips, announcement.amount);
      return clips;
  }
  QRPAY_CHECK(false);
}

/// One blank between clips, but none before a comma.
std::string text_of(Clips const& clips, Region region) {
  std::string text;
  text.reserve(clips.size() * 8);
  for (Clip const clip : clips) {
    Sound const& sound = sound_of(clip);
    std::string_view const words = region == Region::kSouth ? sound.south : sound.north;
    if (!text.empty() && words.front() != ',') text += ' ';
    text += words;
  }
  return text;
}

}  // namespace

std::string vnd_words(base::Vnd amount, Region region) {
  Clips clips;
  append_number(clips, count_of(amount));
  if (clips.empty()) clips.push_back(Clip::kZero);
  return text_of(clips, region);
}

std::string vnd_display(base::Vnd amount) {
  bool const negative = amount < base::Vnd(0);
  auto magnitude = static_cast<std::uint64_t>(amount.dong());
  if (negative) magnitude = 0 - magnitude;  // right for the lowest int64 too
  std::string const digits = std::to_string(magnitude);
  std::string text = negative ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += '.';
    text += digits[i];
  }
  text += "\u00a0\u20ab";
  return text;
}

Announcement announce_payment(base::Vnd received, std::optional<base::Vnd> asked) {
  using Form = Announcement::Form;
  Announcement announcement;
  announcement.amount = received;
  if (asked && count_of(*asked) != count_of(received)) {
    bool const under = received < *asked;
    announcement.form = under ? Form::kUnderpaid : Form::kOverpaid;
    announcement.difference =
        base::Vnd(under ? asked->dong() - received.dong() : received.dong() - asked->dong());
  } else if (received < kSmallAmount) {
    announcement.form = Form::kSmall;
  }
  return announcement;
}

std::optional<std::string> spoken_sentence(Announcement const& announcement, Region region) {
  Clips const clips = clips_of(announcement);
  if (clips.empty()) return std::nullopt;
  return text_of(clips, region);
}

std::optional<std::string> spoken_ascii(Announcement const& announcement, Region region) {
  auto const sentence = spoken_sentence(announcement, region);
  if (!sentence) return std::nullopt;
  return base::strip_marks(*sentence);
}

std::vector<std::string_view> announcement_clips(Announcement const& announcement) {
  std::vector<std::string_view> ids;
  for (Clip const clip : clips_of(announcement)) ids.push_back(sound_of(clip).id);
  return ids;
}

std::vector<std::string_view> vnd_clips(base::Vnd amount) {
  return announcement_clips({Announcement::Form::kReceived, amount, {}, 0, false});
}

}  // namespace qrpay::qr
