// A town whose ledger is looked at by an auditor with verifier keys and nothing else of ours.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/auditing.h"
#include "tests/e2e/town.h"

namespace qrpay::e2e {

inline constexpr char kStranger[] =
    "other.test/0/1+ea88f112+AWoZYlpqggzH3WPl9TwXW2PSQ1OCb1pBxmcFb83VrksV";

class AuditedTown : public testing::Test {
 protected:
  /// One payment, its receipt in a file of that name.
  std::string paid(std::string const& name) {
    Answer const credit = town_.pay({name, "FT" + name, 20'000});
    EXPECT_EQ(credit.status, 200) << credit.text;
    std::string const sequence = std::to_string(number_at(credit.json, "sequence"));
    std::string const path = server_.directory() + "/" + name;
    spill(path, town_.auditor.get("/v1/ledger/proof/" + sequence).text);
    return path;
  }
  /// 0 when one of the keys proves it; our program and the auditor's must agree.
  static int verdict(std::string const& receipt, std::vector<std::string> const& vkeys) {
    std::vector<std::string> ours = {"proof", "verify", receipt};
    std::vector<std::string> auditors = {kVerifier, "receipt", receipt};
    for (auto const& vkey : vkeys)
      for (auto* const arguments : {&ours, &auditors})
        arguments->insert(arguments->end(), {"--key", vkey});
    auto const checked = run_qrpay(ours);
    auto const audited = run_python(auditors);
    EXPECT_EQ(checked.exit_code, audited.exit_code) << checked.output << audited.output;
    return checked.exit_code;
  }
  /// The export as an auditor with that key sees it; both programs must agree.
  int audit(std::string const& vkey, std::vector<std::string> const& more = {}) {
    std::vector<std::string> arguments = {kVerifier, "folder", tiles_, "--key", vkey};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto const finished = run_python(arguments);
    output_ = finished.output;
    std::vector<std::string> ours = {"ledger", "verify-export", tiles_, "--key", vkey};
    ours.insert(ours.end(), more.begin(), more.end());
    auto const checked = run_qrpay(ours);
    EXPECT_EQ(checked.exit_code, finished.exit_code) << checked.output << finished.output;
    return finished.exit_code;
  }
  void export_and_verify() {
    auto const exported =
        run_qrpay({"ledger", "export", "--data", server_.data(), "--tiles", tiles_});
    EXPECT_EQ(exported.exit_code, 0) << exported.output;
    auto const verified = run_qrpay({"ledger", "verify", server_.data()});
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
  }

  Server server_;
  Town town_{server_};
  std::string tiles_ = server_.directory() + "/tiles";
  std::string output_;
};

}  // namespace qrpay::e2e
