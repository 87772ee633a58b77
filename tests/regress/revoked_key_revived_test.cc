// Seen by the simulation: revision 3 of a key with revoked = false brought a revoked key back.
#include <gtest/gtest.h>

#include "tests/regress/world.h"

namespace qrpay::regress {
namespace {

using engine::PutKey;
using engine::Reply;
using engine::Role;

TEST(Regress, ARevokedKeyNeverWorksAgain) {
  World world;
  base::WallTime const now(1'000'000);
  auto const put = [&](std::uint32_t revision, bool revoked) {
    auto command = world.by_operator("auditor", PutKey{Role::kAuditor, "", {}, {}, revoked});
    command.revision = revision;
    return world.run(std::move(command), now);
  };
  Reply const made = put(1, false);
  ASSERT_EQ(made.kind, Reply::Kind::kDecided);
  ASSERT_EQ(put(2, true).kind, Reply::Kind::kDecided);
  EXPECT_EQ(put(3, false).error.errc, base::Errc::kInvalidField);
  EXPECT_TRUE(world.state().key(made.decided->record.sequence)->revoked);
}

}  // namespace
}  // namespace qrpay::regress
