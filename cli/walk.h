// The walk: one shop's day through a running server, by HTTP, keys and a PNG file alone.
#pragma once

#include <string>

#include "base/error.h"

namespace qrpay::cli {

struct WalkPlan {
  std::string url;
  std::string operator_token;
  std::string files_dir;  ///< where the PNG and the receipt go
  std::string data_dir;   ///< to verify beside the server; "" = not at hand
};

struct WalkEnd {
  std::string order_page;  ///< URL of the paid order's page
  std::string receipt;     ///< file
  std::string log_vkey_file;
};

/// Says in plain words what it does. Errors: the first step that did not do what it should;
/// `detail` names the step.
[[nodiscard]] base::Result<WalkEnd> walk(WalkPlan const& plan, std::string const& log_vkey);

}  // namespace qrpay::cli
