// An order as it is shown: its record, what became of it, and what the payer scans.
#pragma once

#include "engine/order.h"
#include "gateway/api/qr_picture.h"
#include "gateway/api/services.h"
#include "qr/draw/symbol.h"

namespace qrpay::gateway::api {

/// What the payer pays to, with or without an order.
struct PayTarget {
  std::string bin;
  std::string number;
  std::string holder;
};
/// From the account's own record. Errors: kNotFound, kErased, store errors.
[[nodiscard]] Result<PayTarget> pay_target(notify::Records& records, Sequence account);

struct OrderView {
  engine::Order order;
  std::string id;
  std::string code;
  std::string shop;  ///< the caller's ids
  std::string terminal;
  std::string page_token;
  std::string qr;  ///< VietQR payload; empty when the account or the order was erased
  std::string recorded_at;
};
/// `order` = its state now; the rest is read from its record.
[[nodiscard]] Result<OrderView> view_order(notify::Records& records, engine::Order const& order);
/// The order as its own record left it: pending.
[[nodiscard]] OrderView view_new_order(notify::Records& records, engine::Decided const& decided);

/// JSON with ETag.
[[nodiscard]] HttpResponse render_order(OrderView const& view, int status);

/// The static payload of an account: no amount, no note.
[[nodiscard]] Result<std::string> sticker_payload(PayTarget const& target);

/// `payload` drawn; the text form is followed by the payload.
[[nodiscard]] HttpResponse render_code(std::string const& payload, PictureFormat format,
                                       qr::draw::Use use);

}  // namespace qrpay::gateway::api
