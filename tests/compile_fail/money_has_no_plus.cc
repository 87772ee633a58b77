// A sum of money can overflow: only checked_add makes one.
#include "base/money.h"

auto const sum = qrpay::base::Vnd(1) + qrpay::base::Vnd(2);
