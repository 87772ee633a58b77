// The bytes of an answer's head. Pure; inner part of the server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/world.h"
#include "gateway/http/message.h"

namespace qrpay::gateway::http {

/// How the answer is sent on this connection.
struct Framing {
  bool keep_alive = true;
  bool http_1_0 = false;
};

/// "Tue, 24 Nov 2026 03:04:05 GMT" (RFC 9110 5.6.7), whatever the locale.
[[nodiscard]] std::string format_http_date(base::WallTime time);

/// False when a header would break the framing (control characters) or the status is no final one.
[[nodiscard]] bool is_sendable(HttpResponse const& response);

/// True when this status has no body and no Content-Length (204, 304).
[[nodiscard]] bool is_bodiless(int status);

/// Appends status line and fields, down to the empty line. Requires: is_sendable(response).
void append_head(HttpResponse const& response, Framing framing, std::string_view date,
                 std::string& out);

/// Appends one piece of a ChunkSource; nullopt is the end. An empty piece appends nothing, since an
/// empty chunk would be the end.
void append_piece(std::optional<std::string> const& piece, bool chunked, std::string& out);

}  // namespace qrpay::gateway::http
