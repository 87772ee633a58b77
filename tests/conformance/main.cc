// qrpay_vectors --kind=KIND --file=PATH: see run.h.
#include <iostream>

#include "tests/conformance/run.h"

int main(int argc, char** argv) {
  return qrpay::conformance::run({argv + 1, argv + argc}, std::cout, std::cerr);
}
