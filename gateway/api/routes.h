// Which file adds which paths. One function per resource family.
#pragma once

#include "gateway/api/services.h"

namespace qrpay::gateway::api {

void add_registry_routes(Services& services, http::Router& router);  ///< banks ... keys
void add_order_routes(Services& services, http::Router& router);     ///< orders and their codes
void add_credit_routes(Services& services, http::Router& router);    ///< bank credits, payments
void add_cash_routes(Services& services, http::Router& router);      ///< cash declarations
void add_transfer_routes(Services& services, http::Router& router);  ///< transfers of the operator
void add_hold_routes(Services& services, http::Router& router);      ///< holds and their ends
void add_batch_routes(Services& services, http::Router& router);     ///< linked commands
void add_erasure_routes(Services& services, http::Router& router);   ///< erasures
void add_event_routes(Services& services, http::Router& router);     ///< event streams
void add_report_routes(Services& services, http::Router& router);    ///< the cashless ratio
void add_ledger_routes(Services& services, http::Router& router);    ///< proofs and checkpoints
void add_closing_routes(Services& services, http::Router& router);   ///< closings and witnesses
void add_tile_routes(Services& services, http::Router& router);      ///< the log as static files
void add_qr_routes(Services& services, http::Router& router);        ///< codes and posters
void add_page_routes(Services& services, http::Router& router);      ///< the order page
void add_health_routes(Services& services, http::Router& router);    ///< livez, readyz, problems
void add_balance_routes(Services& services, http::Router& router);   ///< balances, statements
void add_trial_balance_routes(Services& services, http::Router& router);
void add_event_routes(Services& services, http::Router& router);    ///< event streams
void add_report_routes(Services& services, http::Router& router);   ///< the cashless ratio
void add_ledger_routes(Services& services, http::Router& router);   ///< proofs and checkpoints
void add_tile_routes(Services& services, http::Router& router);     ///< the log as static files
void add_qr_routes(Services& services, http::Router& router);       ///< codes and posters
void add_page_routes(Services& services, http::Router& router);     ///< the order page
void add_metrics_routes(Services& services, http::Router& router);  ///< for Prometheus
void add_health_routes(Services& services, http::Router& router);   ///< livez, readyz, problems

/// All of them.
[[nodiscard]] http::Router make_router(Services& services);

/// The data of an event, for Hub.
[[nodiscard]] std::string render_event(notify::Records& records, notify::Event const& event,
                                       DecidedPtr const& decided);

}  // namespace qrpay::gateway::api
