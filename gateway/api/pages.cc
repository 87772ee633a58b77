// The order page: a QR code, an amount and a state for any phone, without JavaScript.
#include "gateway/api/order_view.h"

#include <functional>
#include "base/markup.h"
#include "gateway/api/routes.h"

namespace qrpay::gateway::api {

using base::fail;
using engine::Order;
using engine::OrderStatus;
using engine::State;

namespace {

/// Seconds between looks: a weak phone on 3G loads under 2 KB each time.
constexpr std::string_view kRefresh = "3";

/// "1.250.000": the Vietnamese way of grouping.
std::string grouped(std::int64_t dong) {
  std::string digits = std::to_string(dong);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ".");
  return digits;
}

/// "9704 2213 45": easier to compare with the bank app.
std::string in_fours(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && i % 4 == 0) out += ' ';
    out += text[i];
  }
  return out;
}

struct Words {
  std::string_view heading;
  std::string_view sub;
  std::string_view css;
};
Words words_of(OrderStatus status) {
  switch (status) {
    case OrderStatus::kPending:
      return {"Quét mã để thanh toán", "Scan to pay with any bank app", "wait"};
    case OrderStatus::kPartlyPaid:
      return {"Chưa đủ tiền", "Partly paid: please pay the rest", "part"};
    case OrderStatus::kPaid: return {"Đã thanh toán", "Paid", "paid"};
    case OrderStatus::kExpired:
      return {"Đã hết hạn", "Expired: ask the shop for a new code", "off"};
    case OrderStatus::kCancelled: return {"Đã hủy", "Cancelled by the shop", "off"};
  }
  return {};
}

/// "Vietcombank (970436)"; the number alone when the list does not know it.
std::string bank_words(qr::BankDirectory const& banks, std::string const& bin) {
  qr::Bank const* bank = banks.by_bin(bin);
  return bank == nullptr ? bin : bank->short_name + " (" + bin + ")";
}

std::string page_html(OrderView const& view, PayTarget const& target, std::string const& bank) {
  Order const& order = view.order;
  Words const words = words_of(order.status);
  bool const open = engine::is_open(order.status);
  std::string html =
      "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"robots\" content=\"noindex\">";
  if (open) html += "<meta http-equiv=\"refresh\" content=\"" + std::string(kRefresh) + "\">";
  html +=
      "<title>qrpay</title><style>"
      "body{font:18px/1.45 system-ui,sans-serif;margin:0 auto;max-width:26rem;padding:1rem;"
      "text-align:center;color:#111;background:#fff}"
      "img{width:100%;max-width:20rem;image-rendering:pixelated}"
      "h1{font-size:1.5rem;margin:.5rem 0 0}.amount{font-size:2.2rem;font-weight:700;margin:.3rem}"
      "dl{text-align:left;display:grid;grid-template-columns:auto 1fr;gap:.2rem .8rem;margin:1rem "
      "0}"
      "dd{margin:0;font-weight:600;overflow-wrap:anywhere}"
      ".paid h1,.paid .amount{color:#0a6b2d}.part h1{color:#9a5b00}.off h1{color:#8a1f1f}"
      "</style></head><body class=\"";
  html += words.css;
  html += "\"><h1>";
  html += words.heading;
  html += "</h1><p>";
  html += words.sub;
  html += "</p><p class=\"amount\">" + grouped(order.asked.dong()) + " đ</p>";
  if (order.received > base::Vnd(0) && order.received != order.asked)
    html += "<p>Đã nhận (received): " + grouped(order.received.dong()) + " đ</p>";
  if (open)
    html += "<img alt=\"VietQR\" src=\"/p/" + base::to_markup(view.page_token) + "/qr.png\">";
  html += "<dl><dt>Tài khoản</dt><dd>" + base::to_markup(in_fours(target.number)) + "</dd>";
  if (!target.holder.empty())
    html += "<dt>Chủ tài khoản</dt><dd>" + base::to_markup(target.holder) + "</dd>";
  html += "<dt>Ngân hàng</dt><dd>" + base::to_markup(bank) + "</dd>";
  html += "<dt>Nội dung</dt><dd>" + base::to_markup(view.code) + "</dd></dl></body></html>";
  return html;
}

void with_order(Services& services, Call const& call,
                std::function<void(Services&, Call const&, OrderView const&)> use) {
  auto const page = services.tagger.page_tag(call.param("token"));
  ask<Order>(
      services, call,
      [page](State const& state) -> Result<Order> {
        Order const* order = state.order(state.order_by_page(page));
        if (order == nullptr) return fail(Errc::kNotFound);
        return *order;
      },
      [&services, call, use = std::move(use)](Result<Order> order) {
        if (!order) return call.refuse(order.error());
        auto const queued = services.worker.run([&services, call, use, order] {
          auto const view = view_order(services.records, *order);
          if (!view) return call.refuse(view.error());
          if (view->page_token.empty()) return call.refuse({Errc::kErased, "the order"});
          use(services, call, *view);
        });
        if (!queued) call.refuse(queued.error());
      });
}

void get_page(Services& services, Call const& call) {
  with_order(services, call, [](Services& s, Call const& page, OrderView const& view) {
    auto const target = pay_target(s.records, view.order.account);
    if (!target) return page.refuse(target.error());
    HttpResponse response;
    response.content_type = "text/html; charset=utf-8";
    response.headers.push_back({"Cache-Control", "no-store"});
    response.headers.push_back({"Referrer-Policy", "no-referrer"});
    response.headers.push_back(
        {"Content-Security-Policy",
         "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"});
    response.body = page_html(view, *target, bank_words(s.banks, target->bin));
    page.answer(std::move(response));
  });
}

void get_page_code(Services& services, Call const& call) {
  with_order(services, call, [](Services& /*s*/, Call const& page, OrderView const& view) {
    if (view.qr.empty()) return page.refuse({Errc::kErased, "the account's number"});
    page.answer(render_code(view.qr, PictureFormat::kPng, qr::draw::Use::kScreen));
  });
}

}  // namespace

void add_page_routes(Services& services, http::Router& router) {
  router.add(http::Method::kGet, "/p/{token}", open_to_all(services, get_page));
  router.add(http::Method::kGet, "/p/{token}/qr.png", open_to_all(services, get_page_code));
}

}  // namespace qrpay::gateway::api
