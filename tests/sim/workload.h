// What callers send: a random but sensible world of banks, merchants, shops, orders and payments,
// with the odd, the wrong, the late and the repeated among it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/command.h"
#include "tests/sim/dice.h"
#include "tests/sim/model.h"

namespace qrpay::sim {

class Workload {
 public:
  explicit Workload(std::uint64_t seed) : dice_(seed) {}

  /// Genesis and registrations, in order. Each is made when the one before is in `model`, so that
  /// it can name its actor; false when the world is complete.
  [[nodiscard]] bool next_of_setup(Model const& model, engine::Command& out);
  /// One command of daily business.
  [[nodiscard]] engine::Command next(Model const& model, std::int64_t now);
  /// The same id with another body. Kinds without a body come back unchanged.
  [[nodiscard]] engine::Command other_body(engine::Command command);
  /// The same by another key, of the same tenant more often than not.
  [[nodiscard]] engine::Command other_hands(Model const& model, engine::Command command);
  /// The same with other values in what is not part of the body: our randomness, the signed
  /// original.
  [[nodiscard]] engine::Command other_randomness(engine::Command command);

 private:
  using Make = engine::Command (Workload::*)(Model const&, std::int64_t);

  [[nodiscard]] std::string fresh(std::string_view kind);
  [[nodiscard]] engine::Command by_operator(Model const& model, std::string id,
                                            engine::Payload payload);
  [[nodiscard]] engine::Command by_role(Model const& model, engine::Role role, std::string id,
                                        engine::Payload payload);
  void plan_setup();
  void plan_keys();
  [[nodiscard]] engine::Command order(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command cancel(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command credit(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command same_money(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command cash(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command transfer(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command hold(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command end_hold(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command batch(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command close(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command erase(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command registration(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command key(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command secret(Model const& model, std::int64_t now);
  [[nodiscard]] engine::Command odd(Model const& model, std::int64_t now);
  /// Mostly the newest.
  [[nodiscard]] std::uint32_t some_key_file(Model const& model);
  [[nodiscard]] ledger::AccountId some_account(Model const& model);
  [[nodiscard]] base::Vnd some_amount();
  [[nodiscard]] engine::Transfer some_transfer(Model const& model);
  [[nodiscard]] engine::PutHold some_hold(Model const& model);
  [[nodiscard]] std::optional<base::WallTime> import_time(std::int64_t now, std::size_t percent);
  [[nodiscard]] std::string known_hold(Model const& model);
  [[nodiscard]] engine::BatchMember some_member(Model const& model, std::vector<std::string>& made);
  void choose_note(Model const& model, engine::BankCredit& credit);
  void choose_references(engine::BankCredit& credit);
  [[nodiscard]] engine::RegisterShop some_shop(std::string merchant);

  Dice dice_;
  std::uint64_t counter_ = 0;
  std::vector<std::pair<std::string, engine::Payload>> setup_;  ///< id, what
  std::size_t setup_done_ = 0;
  std::vector<std::string> merchants_{"nobody"};
  std::vector<std::string> shops_{"nobody"};
  std::vector<std::string> terminals_{""};
  std::vector<std::string> accounts_{""};
  std::vector<std::string> bins_;
  std::vector<std::pair<std::string, engine::PutKey>> key_plan_;
  std::vector<std::pair<std::uint64_t, engine::BankCredit>> sent_;  ///< tenant, credit
};

}  // namespace qrpay::sim
