#include "gateway/http/response_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace qrpay::gateway::http {
namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "";  // a phrase may be empty (RFC 9112 4)
  }
}

void append_number(std::uint64_t number, std::string& out) {
  char digits[20];
  auto const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

bool is_clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

bool has(HttpResponse const& response, std::string_view name) {
  return std::ranges::any_of(response.headers, [name](Header const& header) {
    return equal_ignoring_case(header.name, name);
  });
}

}  // namespace

std::string format_http_date(base::WallTime time) {
  static constexpr std::array<char const*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<char const*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::time_t const seconds = time.microseconds() / base::kSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  auto const n = std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
                               kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                               kMonths[static_cast<std::size_t>(parts.tm_mon)],
                               parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return std::string(text, static_cast<std::size_t>(n));
}

bool is_sendable(HttpResponse const& response) {
  if (response.status < 200 || response.status > 599 || !is_clean(response.content_type)) {
    return false;
  }
  return std::ranges::all_of(response.headers, [](Header const& header) {
    return !header.name.empty() && is_clean(header.name) && is_clean(header.value);
  });
}

bool is_bodiless(int status) { return status == 204 || status == 304; }

void append_head(HttpResponse const& response, Framing framing, std::string_view date,
                 std::string& out) {
  out += "HTTP/1.1 ";
  append_number(static_cast<std::uint64_t>(response.status), out);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nDate: ";
  out += date;
  if (!response.content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += response.content_type;
  }
  if (response.source) {
    if (!framing.http_1_0) out += "\r\nTransfer-Encoding: chunked";
  } else if (!is_bodiless(response.status)) {
    out += "\r\nContent-Length: ";
    append_number(response.body.size(), out);
  }
  if (!framing.keep_alive) {
    out += "\r\nConnection: close";
  } else if (framing.http_1_0) {
    out += "\r\nConnection: keep-alive";
  }
  out += "\r\nX-Content-Type-Options: nosniff\r\n";
  for (auto const& header : response.headers) {
    out += header.name;
    out += ": ";
    out += header.value;
    out += "\r\n";
  }
  if (response.status == 503 && !has(response, "Retry-After")) out += "Retry-After: 1\r\n";
  out += "\r\n";
}

void append_piece(std::optional<std::string> const& piece, bool chunked, std::string& out) {
  if (!chunked) {
    out += piece.value_or(std::string());
    return;
  }
  if (!piece) {
    out += "0\r\n\r\n";
    return;
  }
  if (piece->empty()) return;
  char digits[16];
  auto const end = std::to_chars(digits, digits + sizeof digits, piece->size(), 16).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
  out += "\r\n";
  out += *piece;
  out += "\r\n";
}

}  // namespace qrpay::gateway::http
