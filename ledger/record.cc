#include "ledger/record.h"

namespace qrpay::ledger {

AccountId account_id(AccountClass account_class, Sequence owner) {
  Bytes16 bytes{};
  auto const number = static_cast<std::uint32_t>(account_class);
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  for (std::size_t i = 0; i < 8; ++i)
    bytes[8 + i] = static_cast<std::uint8_t>(owner.value() >> (56 - 8 * i));
  return AccountId(bytes);
}

std::uint32_t account_class_number(AccountId const& account) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = (number << 8) | account.value()[i];
  return number;
}

Sequence account_owner(AccountId const& account) {
  std::uint64_t owner = 0;
  for (std::size_t i = 8; i < 16; ++i) owner = (owner << 8) | account.value()[i];
  return Sequence(owner);
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kGenesis: return "genesis";
    case Kind::kRegisterBank: return "register_bank";
    case Kind::kRegisterMerchant: return "register_merchant";
    case Kind::kRegisterShop: return "register_shop";
    case Kind::kMoveShop: return "move_shop";
    case Kind::kCloseShop: return "close_shop";
    case Kind::kRegisterTerminal: return "register_terminal";
    case Kind::kOpenAccount: return "open_account";
    case Kind::kCloseAccount: return "close_account";
    case Kind::kKey: return "key";
    case Kind::kPutOrder: return "put_order";
    case Kind::kCancelOrder: return "cancel_order";
    case Kind::kBankCredit: return "bank_credit";
    case Kind::kAssign: return "assign";
    case Kind::kUndo: return "undo";
    case Kind::kReclassify: return "reclassify";
    case Kind::kResolve: return "resolve";
    case Kind::kDeclareCash: return "declare_cash";
    case Kind::kRefund: return "refund";
    case Kind::kIdReuse: return "id_reuse";
    case Kind::kTransfer: return "transfer";
    case Kind::kHold: return "hold";
    case Kind::kPost: return "post";
    case Kind::kVoidHold: return "void_hold";
    case Kind::kVoidId: return "void_id";
    case Kind::kBatch: return "batch";
    case Kind::kTick: return "tick";
    case Kind::kErase: return "erase";
    case Kind::kRestore: return "restore";
    case Kind::kLogKey: return "log_key";
    case Kind::kUpgrade: return "upgrade";
    case Kind::kAttachment: return "attachment";
    case Kind::kSecret: return "secret";
  }
  return "unknown";  // a later version's number: still folds
}

}  // namespace qrpay::ledger
