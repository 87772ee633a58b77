#include "base/time_text.h"

#include <array>
#include <cstdio>

namespace qrpay::base {

namespace {

constexpr int kYearMin = 1970;
constexpr int kYearMax = 2199;

struct Civil {
  int year;
  int month;
  int day;
};

// Days since 1970-01-01 of the proleptic Gregorian calendar, by eras of 400 years from March.
std::int32_t days_from_civil(Civil date) {
  int const y = date.month <= 2 ? date.year - 1 : date.year;
  int const era = y / 400;
  int const year_of_era = y - era * 400;
  int const month_from_march = (date.month + 9) % 12;
  int const day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  int const day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Civil civil_from_days(std::int32_t days) {
  int const shifted = days + 719468;
  int const era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  int const day_of_era = shifted - era * 146097;
  int const year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int const month_from_march = (5 * day_of_year + 2) / 153;
  int const day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  int const month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  int const year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {year, month, day};
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  std::int64_t const q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

// Exactly `count` ASCII digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool is_at(std::string_view text, std::size_t at, char c) {
  return at < text.size() && text[at] == c;
}

// Microseconds east of UTC, or nullopt.
std::optional<std::int64_t> parse_zone(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  int const hours = digits(zone, 1, 2);
  int const minutes = digits(zone, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  std::int64_t const offset = hours * kHour + minutes * kMinute;
  return zone[0] == '+' ? offset : -offset;
}

}  // namespace

Day business_day(WallTime time) {
  return Day(static_cast<std::int32_t>(floor_div(time.microseconds() + kVietnamOffset, kDay)));
}

WallTime start_of(Day day) { return WallTime(day.days() * kDay - kVietnamOffset); }

std::string format_time(WallTime time) {
  std::int64_t const days = floor_div(time.microseconds(), kDay);
  std::int64_t const within = time.microseconds() - days * kDay;
  Civil const date = civil_from_days(static_cast<std::int32_t>(days));
  std::array<char, 64> buffer{};
  int const n = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", date.year, date.month,
      date.day, static_cast<int>(within / kHour), static_cast<int>(within / kMinute % 60),
      static_cast<int>(within / kSecond % 60), static_cast<int>(within / 1000 % 1000));
  return std::string(buffer.data(), static_cast<std::size_t>(n));
}

std::optional<WallTime> parse_time(std::string_view text) {
  if (text.size() < 20 || text.size() > 32) return std::nullopt;
  auto const day = parse_day(text.substr(0, 10));
  if (!day || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  int const hour = digits(text, 11, 2);
  int const minute = digits(text, 14, 2);
  int const second = digits(text, 17, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  if (text[13] != ':' || text[16] != ':') return std::nullopt;
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (is_at(text, at, '.')) {
    ++at;
    std::int64_t unit = 100'000;
    std::size_t const first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      if (at - first == 6) return std::nullopt;
      fraction += (text[at] - '0') * unit;
    }
    if (at == first) return std::nullopt;
  }
  auto const zone = parse_zone(text.substr(at));
  if (!zone) return std::nullopt;
  return WallTime(day->days() * kDay + hour * kHour + minute * kMinute + second * kSecond +
                  fraction - *zone);
}

std::string format_day(Day day) {
  Civil const date = civil_from_days(day.days());
  std::array<char, 40> buffer{};
  int const n = std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02d", date.year,
                              date.month, date.day);
  return std::string(buffer.data(), static_cast<std::size_t>(n));
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  Civil const date{digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)};
  if (date.year < kYearMin || date.year > kYearMax) return std::nullopt;
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return std::nullopt;
  std::int32_t const days = days_from_civil(date);
  Civil const back = civil_from_days(days);  // 31 April comes back as 1 May
  if (back.month != date.month || back.day != date.day) return std::nullopt;
  return Day(days);
}

}  // namespace qrpay::base
