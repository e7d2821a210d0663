#include "tito/judge/link_faults.h"

#include <gtest/gtest.h>

namespace tito {
namespace {

ObjectSymbols object(std::set<std::string> strong, std::set<std::string> undefined = {}) {
  return {strong, strong, std::move(undefined)};
}

// Parts a, b and c, each of which has to define the function of its name.
LinkSide three_parts() {
  LinkSide side;
  for (const char* part : {"a", "b", "c"}) {
    side.stubs[part] = object({std::string("of_") + part});
    side.live[part] = object({std::string("of_") + part}, {"given"});
    side.wanted.insert(std::string("of_") + part);
  }
  side.given = {"given"};
  return side;
}

TEST(LinkFaults, NoneWhereEverythingIsDefinedOnce) {
  EXPECT_TRUE(link_faults(three_parts()).empty());
}

TEST(LinkFaults, OnlyThePartsThatDefineTheSameAreAtFault) {
  LinkSide side = three_parts();
  side.live["a"].strong.insert("helper");
  side.live["b"].strong.insert("helper");
  const auto faults = link_faults(side);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults.at("a"), faults.at("b"));
  EXPECT_NE(faults.at("a").find("helper is defined in a.cpp and b.cpp"), std::string::npos);
}

TEST(LinkFaults, WhoAsksForWhatNobodyDefinesIsAtFault) {
  LinkSide side = three_parts();
  side.live["b"].undefined.insert("nobody");
  const auto faults = link_faults(side);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_NE(faults.at("b").find("uses nobody"), std::string::npos);
}

TEST(LinkFaults, AHelperOfAnotherPartIsThereAsLongAsThatPartIs) {
  LinkSide side = three_parts();
  side.live["a"] = object({"of_a", "helper"});
  side.live["b"].undefined.insert("helper");
  EXPECT_TRUE(link_faults(side).empty());
  side.live["a"].undefined.insert("nobody");
  const auto faults = link_faults(side);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_NE(faults.at("b").find("whose only definition, in a.cpp, cannot be linked"),
            std::string::npos)
      << faults.at("b");
}

TEST(LinkFaults, AFunctionThatWasRenamedIsMissedOnlyWhereItIsAskedFor) {
  LinkSide side = three_parts();
  side.live["a"] = object({"renamed"});
  const auto faults = link_faults(side);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_NE(faults.at("a").find("does not define of_a"), std::string::npos);
  side.wanted.erase("of_a");
  EXPECT_TRUE(link_faults(side).empty());
}

TEST(LinkFaults, AStubStandsInForWhatIsNotLive) {
  LinkSide side = three_parts();
  side.fallen["a"] = side.live["a"];
  side.live.erase("a");
  side.live["b"].undefined.insert("of_a");
  EXPECT_TRUE(link_faults(side).empty());
}

TEST(LinkFaults, WhoDefinesAFunctionOfAnotherPartIsAtFaultAlone) {
  LinkSide side = three_parts();
  side.live["a"].strong.insert("of_b");
  side.live["a"].defined.insert("of_b");
  for (const bool owner_is_live : {true, false}) {
    if (!owner_is_live) side.live.erase("b");
    const auto faults = link_faults(side);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_NE(faults.at("a").find("defines of_b, which is for b.cpp"), std::string::npos);
  }
}

// An inline function that several objects have is one function.
TEST(LinkFaults, InlineFunctionsDoNotClash) {
  LinkSide side = three_parts();
  for (auto& [part, symbols] : side.live) symbols.defined.insert("inline_helper");
  EXPECT_TRUE(link_faults(side).empty());
}

}  // namespace
}  // namespace tito
