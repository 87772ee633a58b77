// Erasures: personal data is taken away for ever; the operator's.
//
// A PUT finds what is meant, records it in as many parts as it takes, and answers once the vault
// was told of the last. The same id again goes on where a crash cut it short.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "engine/erasure_search.h"
#include "gateway/api/entries.h"
#include "gateway/api/routes.h"
#include "gateway/json/object_reader.h"
#include "ledger/fields.h"
#include "ledger/tlv.h"

namespace qrpay::gateway::api {

namespace field = ledger::field;
using base::fail;
using engine::State;
using json::ObjectReader;
using ledger::EraseTarget;
using ledger::Kind;
using ledger::SectionMask;
using ledger::TlvReader;

namespace {

/// Numbers in one request; 64 KiB of body hold no more.
constexpr std::size_t kRecordsMax = 10'000;

struct OrderName {
  std::string id;
  std::string merchant;
};
struct Request {
  // One of these.
  std::optional<engine::PayerAccount> payer;
  std::optional<OrderName> order;
  std::vector<EraseTarget> records;
  SectionMask sections = ledger::kAllSections;
  /// The same request gives the same text.
  [[nodiscard]] std::string text() const;
};

std::string Request::text() const {
  std::string bytes;
  base::ByteWriter out(bytes);
  out.u16(sections);
  if (payer) {
    out.text("payer");
    out.text16(payer->bin);
    out.text16(payer->number);
  } else if (order) {
    out.text("order");
    out.text16(order->merchant);
    out.text16(order->id);
  } else {
    out.text("records");
    out.text(ledger::encode_targets(records));
  }
  return bytes;
}

SectionMask read_sections(ObjectReader& in, SectionMask otherwise) {
  auto const* const list = in.value("sections");
  if (list == nullptr) return otherwise;
  SectionMask mask = 0;
  bool good = list->if_array() != nullptr && !list->if_array()->empty();
  if (good) {
    for (auto const& one : *list->if_array()) {
      auto const* const number = one.if_integer();
      good = good && number != nullptr && *number >= 0 && *number < ledger::kSectionsMax;
      if (good) mask = static_cast<SectionMask>(mask | (1U << *number));
    }
  }
  if (!good) in.refuse("sections", "numbers from 0 to 14: 0 caller, 1 payer and note, 2 original");
  return mask;
}

std::vector<EraseTarget> read_records(ObjectReader& in, SectionMask sections) {
  std::vector<EraseTarget> targets;
  constexpr std::int64_t kMax = (std::int64_t{1} << 40) - 1;
  if (in.has("record"))
    targets.push_back(
        {Sequence(static_cast<std::uint64_t>(in.integer("record", 2, kMax))), 1, sections});
  auto const* const list = in.value("records");
  bool good = list == nullptr || (list->if_array() != nullptr && !list->if_array()->empty() &&
                                  list->if_array()->size() <= kRecordsMax);
  if (good && list != nullptr) {
    for (auto const& one : *list->if_array()) {
      auto const* const number = one.if_integer();
      good = good && number != nullptr && *number >= 2 && *number <= kMax;
      if (good) targets.push_back({Sequence(static_cast<std::uint64_t>(*number)), 1, sections});
    }
  }
  if (!good) in.refuse("records", "1 to 10,000 sequences, from 2");
  return good ? ledger::ordered(std::move(targets)) : std::vector<EraseTarget>();
}

Result<Request> read_request(json::Value const& body) {
  ObjectReader in(body);
  Request request;
  int given = 0;
  for (auto const name : {"payer", "order", "record", "records"}) given += in.has(name) ? 1 : 0;
  if (given != 1) in.refuse("payer", "one of payer, order, record, records");
  request.sections =
      read_sections(in, in.has("payer") ? engine::kPayerSections : ledger::kAllSections);
  if (auto payer = in.optional_object("payer")) {
    request.payer = engine::PayerAccount{payer->optional_string("bin", 0, 6).value_or(""),
                                         payer->string("account", 1, 34)};
  } else if (auto order = in.optional_object("order")) {
    request.order = OrderName{order->string("id", 1, engine::kCallerIdMax),
                              order->string("merchant", 1, engine::kCallerIdMax)};
  } else {
    request.records = read_records(in, request.sections);
  }
  QRPAY_TRY_VOID(in.finish());
  return request;
}

/// What stands in the journal under an id: its parts, and whether more of them were announced.
struct Known {
  std::vector<Sequence> parts;
  Sequence order;  ///< that is meant, when an order is
};

/// One PUT on its way. Copies of the pointer share it.
struct Job {
  Services& services;
  Call call;
  std::string id;
  Request request;
  std::vector<std::vector<EraseTarget>> parts = {};
  std::size_t next = 0;        ///< part to submit
  std::uint32_t revision = 1;  ///< of the next part
  std::vector<Sequence> done = {};
  bool replayed = false;
  bool unverified = false;
};
using JobPtr = std::shared_ptr<Job>;

ledger::LiveTags<ledger::IdTag> part_tag(Services& services, std::string const& id,
                                         std::uint32_t revision) {
  return services.tagger.id_tag(
      {.tenant = Sequence(0), .kind = Kind::kErase, .id = id, .revision = revision});
}

std::vector<Sequence> find_parts(Services& services, State const& state, std::string const& id) {
  std::vector<Sequence> parts;
  for (std::uint32_t revision = 1;; ++revision) {
    Sequence const found = state.find(part_tag(services, id, revision));
    if (found == Sequence(0)) return parts;
    parts.push_back(found);
  }
}

void answer_with(Services& services, Call const& call, std::string const& id,
                 std::vector<Sequence> const& parts, JobPtr const& job) {
  std::uint64_t records = 0;
  std::string at;
  for (auto const part : parts) {
    auto const decided = services.records.read(part);
    if (!decided) return call.refuse(decided.error());
    auto const targets =
        ledger::decode_targets(TlvReader((*decided)->record.body).text(field::kEraseTargets));
    if (targets)
      for (auto const& target : *targets) records += target.count;
    at = recorded_at((*decided)->record);
  }
  auto const status = services.eraser.status(parts.back());
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("id", id);
  out.member("outcome", "done");
  out.member("records", records);
  out.member("parts", static_cast<std::uint64_t>(parts.size()));
  out.member("complete", status.complete());
  out.key("waiting_for").begin_array();
  if (!status.erased) out.string("vault");
  for (auto const& copy : status.copies_behind) out.string(copy);
  out.end_array();
  out.member("sequence", parts.back().value());
  out.member("recorded_at", at);
  out.end_object();
  HttpResponse response = http::json_response(std::move(text));
  response.headers.push_back({"Cache-Control", "no-store"});
  if (job != nullptr && job->replayed) response.headers.push_back({"Idempotent-Replayed", "true"});
  if (job != nullptr && job->unverified) response.headers.push_back({"Body-Unverified", "true"});
  call.answer(std::move(response));
}

// The copies are asked once more by the eraser; whoever is not there by then is named.
void finish(JobPtr const& job) {
  job->services.eraser.when_tried(job->done.back(), [job] {
    auto const queued = job->services.erasures.run(
        [job] { answer_with(job->services, job->call, job->id, job->done, job); });
    if (!queued) job->call.refuse(queued.error());
  });
}

void submit_next(JobPtr const& job) {
  if (job->next == job->parts.size()) return finish(job);
  engine::Command command;
  command.actor = job->call.principal().key;
  command.tenant = Sequence(0);
  command.id = job->id;
  command.revision = job->revision;
  command.payload = engine::Erase{job->request.text(), job->parts[job->next],
                                  static_cast<std::uint32_t>(job->parts.size() - job->next)};
  auto const submitted = job->services.engine.submit(std::move(command), [job](Reply const& reply) {
    if (reply.kind != Reply::Kind::kDecided) return answer_reply(job->call, reply, nullptr);
    job->done.push_back(reply.decided->record.sequence);
    ++job->next;
    ++job->revision;
    // Not in this thread: submitting notes the erasure on disk.
    auto const queued = job->services.erasures.run([job] { submit_next(job); });
    if (!queued) job->call.refuse(queued.error());
  });
  if (!submitted) job->call.refuse(submitted.error());
}

Result<std::vector<EraseTarget>> find_targets(Job const& job, Sequence order) {
  ledger::VaultCursor cursor(job.services.vault);
  auto const& request = job.request;
  if (request.payer)
    return engine::find_payer(job.services.log, cursor, *request.payer, request.sections);
  if (request.order) return engine::find_order(job.services.log, order, request.sections);
  return request.records;
}

void search(JobPtr const& job, Sequence order) {
  auto found = find_targets(*job, order);
  if (!found) return job->call.refuse(found.error());
  // A second try at what a crash cut short need not name again what is gone.
  if (!job->done.empty())
    std::erase_if(*found, [&](EraseTarget const& target) {
      auto const gone = job->services.records.erased(target.first);
      return target.count == 1 && (target.sections & ~gone) == 0;
    });
  job->parts = engine::cut_into_parts(*found);
  if (!job->parts.empty()) return submit_next(job);
  if (job->done.empty()) return job->call.refuse({Errc::kNotFound, "nothing to erase"});
  finish(job);
}

// The first part says whether it was this request; the last whether parts are missing.
void replay(JobPtr const& job, Known const& known) {
  engine::Command command;
  command.actor = job->call.principal().key;
  command.tenant = Sequence(0);
  command.id = job->id;
  command.payload = engine::Erase{job->request.text(), {}, 1};
  auto const submitted =
      job->services.engine.submit(std::move(command), [job, known](Reply const& reply) {
        if (reply.kind != Reply::Kind::kReplayed) return answer_reply(job->call, reply, nullptr);
        job->replayed = true;
        job->unverified = reply.body_unverified;
        job->done = known.parts;
        job->revision = static_cast<std::uint32_t>(known.parts.size() + 1);
        auto const queued = job->services.erasures.run([job, known] {
          auto const last = job->services.records.read(known.parts.back());
          if (!last) return job->call.refuse(last.error());
          bool const more = TlvReader((*last)->record.body).number_or(field::kEraseParts, 1) > 1;
          more ? search(job, known.order) : finish(job);
        });
        if (!queued) job->call.refuse(queued.error());
      });
  if (!submitted) job->call.refuse(submitted.error());
}

Result<Known> look(Job const& job, State const& state) {
  Services& services = job.services;
  Known known;
  known.parts = find_parts(services, state, job.id);
  auto const& name = job.request.order;
  if (!name) return known;
  Sequence const merchant = state.find(services.tagger.id_tag({.tenant = Sequence(0),
                                                               .kind = Kind::kRegisterMerchant,
                                                               .id = name->merchant,
                                                               .revision = 1}));
  if (merchant == Sequence(0)) return fail(Errc::kNotFound, "/order/merchant: not registered");
  known.order = state.find(services.tagger.id_tag(
      {.tenant = merchant, .kind = Kind::kPutOrder, .id = name->id, .revision = 1}));
  if (known.order == Sequence(0)) return fail(Errc::kNotFound, "/order/id: no such order");
  return known;
}

void put_erasure(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  auto const body = read_body(call.request());
  if (!body) return call.refuse(body.error());
  auto request = read_request(*body);
  if (!request) return call.refuse(request.error());
  if (call.principal().role != Role::kOperator)
    return call.refuse({Errc::kForbidden, "this key's role may not do this"});
  auto const job = std::make_shared<Job>(Job{services, call, *id, std::move(*request)});
  ask<Known>(
      services, call, [job](State const& state) { return look(*job, state); },
      [job](Result<Known> known) {
        if (!known) return job->call.refuse(known.error());
        auto const queued = job->services.erasures.run([job, known = *known] {
          known.parts.empty() ? search(job, known.order) : replay(job, known);
        });
        if (!queued) job->call.refuse(queued.error());
      });
}

void get_erasure(Services& services, Call const& call) {
  auto const id = read_id(call);
  if (!id) return call.refuse(id.error());
  if (refused_reader(call)) return;
  ask<std::vector<Sequence>>(
      services, call,
      [&services, id = *id](State const& state) -> Result<std::vector<Sequence>> {
        auto parts = find_parts(services, state, id);
        if (parts.empty()) return fail(Errc::kNotFound, "no erasure with this id");
        return parts;
      },
      [&services, call, id = *id](Result<std::vector<Sequence>> parts) {
        if (!parts) return call.refuse(parts.error());
        auto const queued = services.worker.run([&services, call, id, parts = *parts] {
          answer_with(services, call, id, parts, nullptr);
        });
        if (!queued) call.refuse(queued.error());
      });
}

}  // namespace

void add_erasure_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kPut, "/v1/erasures/{id}", authenticated(services, put_erasure));
  router.add(Method::kGet, "/v1/erasures/{id}", authenticated(services, get_erasure));
}

}  // namespace qrpay::gateway::api
