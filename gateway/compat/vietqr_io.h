// The faces of vietqr.io: a site that draws its codes there points at qrpay by changing the host.
//
// Open to all, as the pictures there are; they are functions of the request alone. Facts: the
// service's public documentation; /v2/generate is announced to stop there on 1 January 2027.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/api/services.h"
#include "qr/poster/card.h"

namespace qrpay::gateway::compat {

/// POST /v2/generate, GET /v2/banks, GET /image/<bank>-<account>-<template>.<png|jpg|svg>.
void add_vietqr_io_routes(api::Services& services, http::Router& router);

/// The last segment of a Quick Link, taken apart. The views look into the segment.
struct QuickLink {
  std::string_view bank;
  std::string_view account;
  qr::poster::CardTemplate card;
  std::string_view suffix;  ///< "png", "jpg", "svg"
};
/// nullopt when it is none: a part is missing, or template or suffix are not of those above.
[[nodiscard]] std::optional<QuickLink> parse_quick_link(std::string_view segment);

}  // namespace qrpay::gateway::compat
