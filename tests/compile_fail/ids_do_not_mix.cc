// A tag of an id is not a tag of money, though both are 16 bytes.
#include "ledger/record.h"

bool const same = qrpay::ledger::IdTag() == qrpay::ledger::MoneyTag();
