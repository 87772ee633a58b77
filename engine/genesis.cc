#include "engine/genesis.h"

#include <utility>

namespace qrpay::engine {

Command make_genesis(Genesis genesis) {
  Command command;
  command.id = "genesis";
  command.payload = std::move(genesis);
  return command;
}

}  // namespace qrpay::engine
