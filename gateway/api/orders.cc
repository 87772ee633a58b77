// Orders: put, get (with a wait), cancel, and the code a payer scans; the sticker of a shop.
#include <charconv>
#include <functional>

#include "engine/authority.h"
#include "gateway/api/order_view.h"
#include "gateway/api/routes.h"
#include "gateway/json/object_reader.h"

namespace qrpay::gateway::api {

using base::fail;
using engine::kCallerIdMax;
using engine::Order;
using engine::State;
using json::ObjectReader;
using ledger::IdTag;
using ledger::Kind;

namespace {

constexpr std::int64_t kExpiresInDefault = 15 * 60;           // seconds: a queue at a counter
constexpr std::int64_t kExpiresInMax = 400LL * 24 * 60 * 60;  // seconds: a yearly fee
constexpr std::int64_t kWaitMax = 55;  // seconds: below the minute at which proxies give up

ledger::LiveTags<IdTag> order_tag(Services& services, Call const& call, std::string const& id) {
  return services.tagger.id_tag(
      {.tenant = call.principal().tenant, .kind = Kind::kPutOrder, .id = id, .revision = 1});
}

bool puts_orders(Call const& call) {
  return call.principal().role == Role::kMerchant || call.principal().role == Role::kTerminal;
}

void put_order(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const if_match = read_if_match(call.request());
  if (!if_match) return call.refuse(if_match.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  ObjectReader in(*body);
  engine::PutOrder order;
  order.shop = in.string("shop", 1, kCallerIdMax);
  order.terminal = in.optional_string("terminal", 1, kCallerIdMax).value_or("");
  order.account = in.optional_string("account", 1, kCallerIdMax).value_or("");
  order.amount = base::Vnd(in.integer("amount", 1, base::kAmountMax.dong()));
  std::int64_t const seconds =
      in.optional_integer("expires_in", 30, kExpiresInMax).value_or(kExpiresInDefault);
  order.lifetime = seconds * base::kSecond;
  order.code = in.optional_string("code", 4, 40).value_or("");
  if (auto const finished = in.finish(); !finished) return call.refuse(finished.error());
  if (!puts_orders(call))
    return call.refuse({Errc::kForbidden, "only a merchant or a terminal puts orders"});
  services.entropy.fill(order.code_entropy);
  base::Bytes16 token;
  services.entropy.fill(token);
  order.page_token = base::to_base64url(token);
  engine::Command command;
  command.actor = call.principal().key;
  command.tenant = call.principal().tenant;
  command.id = *id;
  if (*if_match) command.revision = **if_match + 1;
  command.payload = std::move(order);
  submit(services, call, std::move(command), [&services](engine::Decided const& decided) {
    return render_order(view_new_order(services.records, decided), 201);
  });
}

/// The caller's order, as it stands, and the sequence that this was seen at.
struct Seen {
  Order order;
  Sequence at;
};
std::function<Result<Seen>(State const&)> find_order(Services& services, Call const& call,
                                                     std::string const& id) {
  auto const tag = order_tag(services, call, id);
  Sequence const actor = call.principal().key;
  return [tag, actor](State const& state) -> Result<Seen> {
    QRPAY_TRY(engine::Key const* key, engine::find_key(state, actor));
    Order const* order = state.order(state.find(tag));
    if (order == nullptr) return fail(Errc::kNotFound, "order: no such id");
    QRPAY_TRY_VOID(engine::require_readable_shop(state, *key, order->shop, "order"));
    return Seen{*order, state.last()};
  };
}

Result<std::int64_t> read_wait(Call const& call) {
  auto const text = call.query("wait");
  if (!text) return 0;
  std::int64_t seconds = 0;
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size() || seconds < 0 ||
      seconds > kWaitMax)
    return fail(Errc::kInvalidField, "wait: 0 to 55 seconds");
  return seconds;
}

/// One GET that may wait: looks, and while the revision is the one the caller knows, looks again
/// when the order was touched.
struct WaitingGet {
  Services& services;
  Call call;
  std::string id;
  std::string known;  ///< the caller's If-None-Match; empty = wait for a closed order
  base::Ticks deadline;
  bool may_wait = false;
};

void look(std::shared_ptr<WaitingGet> get);

void seen(std::shared_ptr<WaitingGet> const& get, Result<Seen> const& found) {
  if (!found) return get->call.refuse(found.error());
  Order const& order = found->order;
  bool const unchanged = get->known == etag(order.revision);
  bool const wants_more = get->known.empty() ? engine::is_open(order.status) : unchanged;
  bool const may_wait = get->may_wait && get->services.clock.ticks() < get->deadline &&
                        !get->services.hub.is_stopping();
  if (wants_more && may_wait) {
    if (get->services.hub.wait_order(order.sequence, found->at, get->deadline,
                                     [get] { look(get); }))
      return;
    return get->call.refuse({Errc::kOverloaded, "too many are waiting"});
  }
  if (unchanged) {
    HttpResponse response;
    response.status = 304;
    response.headers.push_back({"ETag", etag(order.revision)});
    return get->call.answer(std::move(response));
  }
  auto const view = view_order(get->services.records, order);
  if (!view) return get->call.refuse(view.error());
  get->call.answer(render_order(*view, 200));
}

void look(std::shared_ptr<WaitingGet> get) {
  auto question = find_order(get->services, get->call, get->id);
  ask<Seen>(get->services, get->call, std::move(question),
            [get](Result<Seen> found) { seen(get, found); });
}

void get_order(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const wait = read_wait(call);
  if (!wait) return call.refuse(wait.error());
  auto const known = call.request().headers.find("If-None-Match").value_or("");
  auto const deadline = base::Ticks(services.clock.ticks().microseconds() + *wait * base::kSecond);
  look(std::make_shared<WaitingGet>(
      WaitingGet{services, call, *id, std::string(known), deadline, *wait > 0}));
}

void cancel_order(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const if_match = read_if_match(call.request());
  if (!if_match) return call.refuse(if_match.error());
  if (!*if_match) return call.refuse({Errc::kRevisionRequired, "If-Match: the order's revision"});
  if (!puts_orders(call))
    return call.refuse({Errc::kForbidden, "only a merchant or a terminal cancels orders"});
  engine::Command command;
  command.actor = call.principal().key;
  command.tenant = call.principal().tenant;
  command.id = *id;
  command.revision = **if_match;
  command.payload = engine::CancelOrder{};
  submit(services, call, std::move(command), [id = *id](engine::Decided const& decided) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("id", id);
    out.member("status", "cancelled");
    out.member("amount", decided.record.amount.dong());
    out.member("sequence", decided.record.sequence.value());
    out.member("recorded_at", recorded_at(decided.record));
    out.end_object();
    return http::json_response(std::move(text));
  });
}

void get_order_code(Services& services, Call const& call, PictureFormat picture) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  ask<Seen>(services, call, find_order(services, call, *id),
            [&services, call, picture](Result<Seen> found) {
              if (!found) return call.refuse(found.error());
              // Drawing takes 0.1 ms and more, which is not the answer thread's to spend.
              auto const queued = services.worker.run([&services, call, picture, found] {
                auto const view = view_order(services.records, found->order);
                if (!view) return call.refuse(view.error());
                if (view->qr.empty()) return call.refuse({Errc::kErased, "the account's number"});
                call.answer(render_code(view->qr, picture, qr::draw::Use::kScreen));
              });
              if (!queued) call.refuse(queued.error());
            });
}

void get_sticker(Services& services, Call const& call, PictureFormat picture) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const tag = services.tagger.id_tag(
      {.tenant = Sequence(0), .kind = Kind::kRegisterShop, .id = *id, .revision = 1});
  Sequence const actor = call.principal().key;
  ask<Sequence>(
      services, call,
      [tag, actor](State const& state) -> Result<Sequence> {
        QRPAY_TRY(engine::Key const* key, engine::find_key(state, actor));
        Sequence const shop = state.find(tag);
        QRPAY_TRY_VOID(engine::require_readable_shop(state, *key, shop, "shop"));
        return state.shop(shop)->account;
      },
      [&services, call, picture](Result<Sequence> account) {
        if (!account) return call.refuse(account.error());
        auto const queued = services.worker.run([&services, call, picture, account] {
          auto const target = pay_target(services.records, *account);
          if (!target) return call.refuse(target.error());
          auto const payload = sticker_payload(*target);
          if (!payload) return call.refuse(payload.error());
          call.answer(render_code(*payload, picture, qr::draw::Use::kSticker));
        });
        if (!queued) call.refuse(queued.error());
      });
}

}  // namespace

void add_order_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kPut, "/v1/orders/{id}", authenticated(services, put_order));
  router.add(Method::kGet, "/v1/orders/{id}", authenticated(services, get_order));
  router.add(Method::kPost, "/v1/orders/{id}/cancel", authenticated(services, cancel_order));
  // The ending of the path names the format: pictures stand in pages by their address alone.
  for (auto const& [ending, format] :
       {std::pair{"png", PictureFormat::kPng}, std::pair{"svg", PictureFormat::kSvg},
        std::pair{"txt", PictureFormat::kText}}) {
    router.add(Method::kGet, std::string("/v1/orders/{id}/qr.") + ending,
               authenticated(services, [picture = format](Services& s, Call const& call) {
                 get_order_code(s, call, picture);
               }));
    router.add(Method::kGet, std::string("/v1/shops/{id}/qr.") + ending,
               authenticated(services, [picture = format](Services& s, Call const& call) {
                 get_sticker(s, call, picture);
               }));
  }
}

}  // namespace qrpay::gateway::api
