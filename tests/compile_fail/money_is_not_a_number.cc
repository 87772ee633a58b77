// A bare number says neither unit nor currency.
#include "base/money.h"

qrpay::base::Vnd amount() { return 45'000; }
