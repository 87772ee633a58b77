// The log as static files, under the paths of c2sp.org/tlog-tiles: what the tools of others read.
#include <algorithm>

#include "gateway/api/routes.h"
#include "ledger/tiles.h"

namespace qrpay::gateway::api {

using base::fail;

namespace {

// Tiles never change, so a cache may keep them for a year, the longest that caches honour.
constexpr char kForEver[] = "public, max-age=31536000, immutable";
constexpr std::string_view kBytes = "application/octet-stream";

// As sent: "%78001" is no other name of a tile.
std::string_view path_of(Call const& call) {
  std::string_view path = call.request().target.raw;
  path = path.substr(0, path.find('?'));
  return path.substr(std::min<std::size_t>(1, path.size()));
}

base::Error no_such_tile() { return {Errc::kNotFound, "no tile has this path"}; }

void get_tile(Services& services, Call const& call) {
  auto const tile = ledger::parse_tile_path(path_of(call));
  std::uint64_t const size = services.signer.newest().size;
  if (!tile || tile->width > ledger::tile_width(tile->level, tile->index, size))
    return call.refuse(no_such_tile());
  auto bytes = services.log.tile(*tile);
  if (!bytes) return call.refuse(bytes.error());
  HttpResponse response;
  response.content_type = kBytes;
  response.headers.push_back({"Cache-Control", kForEver});
  response.body = std::move(*bytes);
  call.answer(std::move(response));
}

Result<std::string> read_bundle(ledger::Log const& log, ledger::BundleId const& bundle) {
  std::vector<std::string> leaves;
  leaves.reserve(bundle.width);
  Sequence const first(bundle.index * ledger::kTileWidth + 1);
  QRPAY_TRY_VOID(log.scan(first, [&](ledger::StoredRecord const& stored) {
    leaves.push_back(stored.leaf);
    return leaves.size() < bundle.width;
  }));
  if (leaves.size() < bundle.width) return fail(Errc::kNotFound, "entries");
  std::vector<base::ByteView> entries;
  for (auto const& leaf : leaves) entries.push_back(base::as_bytes(leaf));
  return ledger::entry_bundle_bytes(entries);
}

// Entries tell what households buy: for auditors and operators, and in nobody's cache.
void get_entries(Services& services, Call const& call) {
  Role const role = call.principal().role;
  if (role != Role::kAuditor && role != Role::kOperator)
    return call.refuse({Errc::kForbidden, "entries are for auditors"});
  auto const bundle = ledger::parse_entries_path(path_of(call));
  std::uint64_t const size = services.signer.newest().size;
  if (!bundle || bundle->width > ledger::tile_width(0, bundle->index, size))
    return call.refuse(no_such_tile());
  auto const queued = services.worker.run([&services, call, bundle = *bundle] {
    auto bytes = read_bundle(services.log, bundle);
    if (!bytes) return call.refuse(bytes.error());
    HttpResponse response;
    response.content_type = kBytes;
    response.headers.push_back({"Cache-Control", "private, no-store"});
    response.body = std::move(*bytes);
    call.answer(std::move(response));
  });
  if (!queued) call.refuse(queued.error());
}

}  // namespace

void add_tile_routes(Services& services, http::Router& router) {
  using http::Method;
  router.add(Method::kGet, "/tile/entries/{index...}", authenticated(services, get_entries));
  router.add(Method::kGet, "/tile/{level}/{index...}", open_to_all(services, get_tile));
}

}  // namespace qrpay::gateway::api
