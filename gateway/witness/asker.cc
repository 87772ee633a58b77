#include "gateway/witness/asker.h"

#include <algorithm>
#include <utility>

#include "ledger/lines.h"
#include "ledger/witness_store.h"

namespace qrpay::gateway::witness {

using base::Errc;
using base::fail;
using base::Result;
using ledger::WitnessStatus;

Result<std::vector<WitnessAddress>> parse_addresses(std::vector<std::string> const& urls,
                                                    std::vector<std::string> const& vkeys) {
  if (urls.size() != vkeys.size())
    return fail(Errc::kConfigInvalid, "witness.urls and witness.keys belong together, in order");
  if (urls.size() > kWitnessesMax) return fail(Errc::kConfigInvalid, "over 16 witnesses");
  std::vector<WitnessAddress> addresses;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    auto const url = http::parse_base_url(urls[i]);
    if (!url) return fail(Errc::kConfigInvalid, "witness.urls: " + url.error().detail);
    auto const key = ledger::parse_vkey(vkeys[i]);
    if (!key || key->type != ledger::SignatureType::kCosignature)
      return fail(Errc::kConfigInvalid, "witness.keys: not the key of a witness: " + vkeys[i]);
    auto const same = [&key](WitnessAddress const& one) { return one.key == *key; };
    if (std::any_of(addresses.begin(), addresses.end(), same))
      return fail(Errc::kConfigInvalid, "witness.keys: twice: " + key->name);
    addresses.push_back({*url, *key});
  }
  return addresses;
}

Asker::Asker(WitnessAddress address, http::ClientOptions options)
    : address_(std::move(address)), client_(address_.url.endpoint, std::move(options)) {}

Result<Asker::Reply> Asker::add_checkpoint(ledger::AddCheckpoint const& request) {
  http::ClientRequest post;
  post.method = "POST";
  post.target = address_.url.prefix + "/add-checkpoint";
  post.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
  post.body = ledger::format_add_checkpoint(request);
  QRPAY_TRY(http::ClientResponse const answer, client_.send(post));
  auto const refused = [this](std::string const& why) {
    return fail(Errc::kWitnessRefused, address_.key.name + ": " + why);
  };
  Reply reply;
  switch (answer.status) {
    case 200: {
      auto line = ledger::read_cosignature(answer.body, request.checkpoint, address_.key);
      if (!line) return refused(to_string(line.error()));
      reply.cosignature = std::move(*line);
      break;
    }
    case 409: {
      ledger::LineReader lines(answer.body);
      auto const line = lines.next();
      auto const size = line ? ledger::parse_decimal(*line) : std::nullopt;
      if (!size || !lines.rest().empty()) return refused("409 without a size");
      reply.size = *size;
      break;
    }
    case 400:
    case 403:
    case 404:
    case 422: break;
    default: return refused("status " + std::to_string(answer.status));
  }
  reply.status = static_cast<WitnessStatus>(answer.status);
  return reply;
}

Result<std::optional<std::string>> Asker::newest(std::string_view origin) {
  http::ClientRequest get;
  get.target = address_.url.prefix + "/" + ledger::witness_log_id(origin) + "/checkpoint";
  QRPAY_TRY(http::ClientResponse answer, client_.send(get));
  if (answer.status != 200) return std::optional<std::string>();
  return std::optional(std::move(answer.body));
}

}  // namespace qrpay::gateway::witness
