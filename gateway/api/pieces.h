// Answers longer than memory should hold: made piece by piece in the worker, as fast as the client
// takes them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/api/services.h"

namespace qrpay::gateway::api {

/// The next piece; nullopt at the end. Called in the worker, one call at a time. An error ends the
/// answer without what its format ends with, so that a reader sees that it was cut.
using NextPiece = std::function<Result<std::optional<std::string>>()>;

[[nodiscard]] std::shared_ptr<http::ChunkSource> pieces(Worker& worker, NextPiece next);

}  // namespace qrpay::gateway::api
