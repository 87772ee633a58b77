#include "gateway/json/json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "gateway/json/object_reader.h"
#include "gateway/json/writer.h"

namespace qrpay::gateway::json {
namespace {

using base::Errc;

base::Error error_of(std::string_view text) {
  auto const value = parse(text);
  EXPECT_FALSE(value) << text;
  return value ? base::Error{Errc::kUsage, "accepted"} : value.error();
}

Value parsed(std::string_view text) {
  auto value = parse(text);
  EXPECT_TRUE(value) << text << ": " << (value ? "" : value.error().detail);
  return value ? *value : Value();
}

TEST(JsonParse, ReadsEveryKindOfValue) {
  auto const value = parsed(
      " {\"n\":null,\"t\":true,\"f\":false,\"i\":-9223372036854775808,"
      "\"m\":9223372036854775807,\"s\":\"c\\u00e0 \\ud83d\\ude00\\n\",\"a\":[1,[],{}]} \n");
  EXPECT_TRUE(value.find("n")->is_null());
  EXPECT_TRUE(*value.find("t")->if_boolean());
  EXPECT_FALSE(*value.find("f")->if_boolean());
  EXPECT_EQ(*value.find("i")->if_integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*value.find("m")->if_integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(*value.find("s")->if_string(), "cà 😀\n");
  EXPECT_EQ(value.find("a")->if_array()->size(), 3U);
  EXPECT_EQ(value.find("none"), nullptr);
  EXPECT_EQ(*parsed("7").if_integer(), 7);
  EXPECT_EQ(*parsed("-0").if_integer(), 0);
}

TEST(JsonParse, KeepsMembersInTheirOrder) {
  auto const value = parsed(R"({"z":1,"a":2,"m":3})");
  EXPECT_EQ((*value.if_object())[0].name, "z");
  EXPECT_EQ((*value.if_object())[2].name, "m");
}

TEST(JsonParse, RefusesNumbersThatAreNotInt64) {
  for (auto const* text :
       {"1e3", "1E0", "1000.0", "0.5", "-0.0", "9223372036854775808", "-9223372036854775809",
        "18446744073709551616", "100000000000000000000000000", "1e400", "1e99999999999"}) {
    EXPECT_EQ(error_of("{\"amount\":" + std::string(text) + "}"),
              (base::Error{Errc::kInvalidField,
                           "/amount: must be an integer of 64 bits, without fraction or exponent"}))
        << text;
  }
}

TEST(JsonParse, RefusesARepeatedMemberAndPointsAtIt) {
  EXPECT_EQ(error_of(R"({"a":[{"x":1},{"b":1,"c/d~":2,"c/d~":3}]})"),
            (base::Error{Errc::kDuplicateField, "/a/1/c~1d~0: is there twice"}));
  EXPECT_EQ(error_of(R"({"a":1,"\u0061":2})").errc, Errc::kDuplicateField);
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (std::string const text :
       {"",       " ",       "{",   "}",        "[1,]",        "{\"a\":}",   "{\"a\" 1}",
        "{a:1}",  "'a'",     "01",  "+1",       ".5",          "1.",         "-",
        "nul",    "True",    "NaN", "Infinity", "{} {}",       "1 2",        "[1]x",
        "\"\t\"", "\"\\x\"", "\"a", "// x\n1",  "[1 /* x */]", "{\"a\":1,}", "\xEF\xBB\xBF{}"}) {
    EXPECT_EQ(error_of(text).errc, Errc::kMalformed) << text;
  }
  EXPECT_EQ(error_of("[1,2").detail, "offset 4: the JSON text ends too early");
  EXPECT_EQ(error_of(std::string("[1]\0", 4)).errc, Errc::kMalformed);
}

TEST(JsonParse, RefusesTextThatIsNotUtf8) {
  for (std::string const text : {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xc3\"",
                                 "\"\xf4\x90\x80\x80\"", "{\"\xff\":1}"}) {
    EXPECT_EQ(error_of(text).errc, Errc::kMalformed);
  }
  for (auto const* text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")", R"({"\udfff":1})"}) {
    EXPECT_EQ(error_of(text).errc, Errc::kMalformed) << text;
  }
}

TEST(JsonParse, BoundsDepthMembersAndBytes) {
  parsed(std::string(kDepthMax, '[') + std::string(kDepthMax, ']'));
  EXPECT_EQ(error_of(std::string(kDepthMax + 1, '[') + std::string(kDepthMax + 1, ']')).errc,
            Errc::kMalformed);
  EXPECT_EQ(error_of(std::string(60'000, '[')).errc, Errc::kMalformed);

  std::string many = "{";
  for (std::size_t i = 0; i < kMembersMax; ++i) many += "\"m" + std::to_string(i) + "\":1,";
  auto const exact = many.substr(0, many.size() - 1) + "}";
  EXPECT_EQ(parsed(exact).if_object()->size(), kMembersMax);
  EXPECT_EQ(error_of(many + "\"more\":1}").errc, Errc::kTooLarge);

  auto const text = "\"" + std::string(kTextBytesMax - 2, 'x') + "\"";
  parsed(text);
  EXPECT_EQ(error_of(text + " ").errc, Errc::kTooLarge);
  EXPECT_EQ(parse("[1,2]", 4).error().errc, Errc::kTooLarge);
}

TEST(JsonPointer, CutsLongNamesBetweenCharacters) {
  std::string const name = std::string(63, 'x') + "à" + std::string(50, 'y');
  EXPECT_EQ(child_pointer("/a", name), "/a/" + std::string(63, 'x'));
  EXPECT_EQ(located("", "words"), "words");
}

TEST(ObjectReader, ReadsTypedMembers) {
  auto const value =
      parsed(R"({"id":"o-1","amount":50000,"live":true,"note":null,"kind":"dynamic",)"
             R"("payer":{"name":"An"},"lines":[{"n":1},{"n":2}],"tags":["a","b"],"any":[1]})");
  ObjectReader reader(value);
  EXPECT_EQ(reader.string("id", 1, 64), "o-1");
  EXPECT_EQ(reader.integer("amount", 1, 100'000), 50'000);
  EXPECT_TRUE(reader.boolean("live"));
  EXPECT_EQ(reader.optional_string("note", 0, 10), std::nullopt);
  EXPECT_EQ(reader.optional_integer("none", 0, 1), std::nullopt);
  EXPECT_EQ(reader.optional_boolean("none"), std::nullopt);
  EXPECT_EQ(reader.choice("kind", {"static", "dynamic"}), 1U);
  EXPECT_EQ(reader.optional_choice("none", {"x"}), std::nullopt);
  EXPECT_EQ(reader.object("payer").string("name", 1, 10), "An");
  EXPECT_FALSE(reader.optional_object("none").has_value());
  std::int64_t sum = 0;
  for (auto& line : reader.objects("lines", 2)) sum += line.integer("n", 0, 9);
  EXPECT_EQ(sum, 3);
  EXPECT_EQ(reader.strings("tags", 2, 1).size(), 2U);
  EXPECT_NE(reader.value("any"), nullptr);
  EXPECT_TRUE(reader.has("any"));
  EXPECT_TRUE(reader.finish());
}

TEST(ObjectReader, CountsCharactersAndNotBytes) {
  auto const value = parsed(R"({"a":"phở"})");
  ObjectReader reader(value);
  EXPECT_EQ(reader.string("a", 3, 3), "phở");
  EXPECT_TRUE(reader.finish());
}

struct Fault {
  char const* text;
  Errc errc;
  char const* detail;
};

TEST(ObjectReader, ReportsTheFirstErrorWithItsPointer) {
  Fault const table[] = {
      {R"([])", Errc::kInvalidField, "must be an object"},
      {R"({})", Errc::kMissingField, "/id: is missing"},
      {R"({"id":7,"n":1})", Errc::kInvalidField, "/id: must be a string"},
      {R"({"id":null,"n":1})", Errc::kInvalidField, "/id: must be a string"},
      {R"({"id":"","n":1})", Errc::kInvalidField, "/id: must have 1 to 4 characters"},
      {R"({"id":"abcde","n":1})", Errc::kInvalidField, "/id: must have 1 to 4 characters"},
      {R"({"id":"a\nb","n":1})", Errc::kInvalidField, "/id: must not hold control characters"},
      {R"({"id":"a\u0000","n":1})", Errc::kInvalidField, "/id: must not hold control characters"},
      {R"({"id":"a\u0085","n":1})", Errc::kInvalidField, "/id: must not hold control characters"},
      {R"({"id":"a","n":"1"})", Errc::kInvalidField, "/n: must be an integer"},
      {R"({"id":"a","n":10})", Errc::kInvalidField, "/n: must be between 0 and 9"},
      {R"({"id":"a","n":1,"k":"z"})", Errc::kInvalidField, "/k: must be one of x, y"},
      {R"({"id":"a","n":1,"b":0})", Errc::kInvalidField, "/b: must be true or false"},
      {R"({"id":"a","n":1,"o":[]})", Errc::kInvalidField, "/o: must be an object"},
      {R"({"id":"a","n":1,"o":{}})", Errc::kMissingField, "/o/x: is missing"},
      {R"({"id":"a","n":1,"o":{"x":1,"y":2}})", Errc::kUnknownField,
       "/o/y: is not a member of this object"},
      {R"({"id":"a","n":1,"l":{}})", Errc::kInvalidField,
       "/l: must be an array of at most 2 objects"},
      {R"({"id":"a","n":1,"l":[{},{},{}]})", Errc::kInvalidField,
       "/l: must be an array of at most 2 objects"},
      {R"({"id":"a","n":1,"l":[{"v":1},{"v":true}]})", Errc::kInvalidField,
       "/l/1/v: must be an integer"},
      {R"({"id":"a","n":1,"l":[{"v":1},2]})", Errc::kInvalidField, "/l/1: must be an object"},
      {R"({"id":"a","n":1,"s":["a",""]})", Errc::kInvalidField,
       "/s/1: must have 1 to 8 characters"},
      {R"({"zz":1,"id":"a","n":1})", Errc::kUnknownField, "/zz: is not a member of this object"},
      {R"({"zz":1,"id":"a"})", Errc::kMissingField, "/n: is missing"},
  };
  for (auto const& row : table) {
    auto const value = parsed(row.text);
    ObjectReader reader(value);
    (void)reader.string("id", 1, 4);
    (void)reader.integer("n", 0, 9);
    (void)reader.optional_choice("k", {"x", "y"});
    (void)reader.optional_boolean("b");
    if (auto object = reader.optional_object("o")) (void)object->integer("x", 0, 9);
    for (auto& line : reader.objects("l", 2)) (void)line.integer("v", 0, 9);
    (void)reader.strings("s", 3, 8);
    auto const result = reader.finish();
    ASSERT_FALSE(result) << row.text;
    EXPECT_EQ(result.error(), (base::Error{row.errc, row.detail})) << row.text;
  }
}

TEST(ObjectReader, TakesRefusalsFromTheCaller) {
  auto const value = parsed(R"({"a":{"b":"x"}})");
  ObjectReader reader(value);
  auto inner = reader.object("a");
  (void)inner.string("b", 1, 9);
  inner.refuse("b", "is no account number");
  inner.refuse("b", "comes too late");
  EXPECT_EQ(reader.finish().error(),
            (base::Error{Errc::kInvalidField, "/a/b: is no account number"}));
}

TEST(ObjectReader, AllowsLinesWhereTheyAreWanted) {
  auto const value = parsed(R"({"a":"x\r\n\ty"})");
  ObjectReader reader(value);
  EXPECT_EQ(reader.string("a", 1, 9, TextRule::kManyLines), "x\r\n\ty");
  EXPECT_TRUE(reader.finish());
}

TEST(JsonWriter, WritesCommasEscapesAndNumbers) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.member("s", "a\"b\\c/\n\x01\x7F").member("i", -5).member("t", true);
  writer.member("u", std::uint64_t{7}).member("view", std::string_view("v"));
  writer.member("min", std::numeric_limits<std::int64_t>::min()).null_member("z");
  writer.key("a").begin_array().integer(1).begin_array().end_array().string("x").end_array();
  writer.key("o").begin_object().end_object();
  writer.key("raw").raw("[1]").member("last", std::string("é"));
  writer.end_object();
  EXPECT_EQ(out, R"({"s":"a\"b\\c/\n\u0001\u007f","i":-5,"t":true,"u":7,"view":"v",)"
                 R"("min":-9223372036854775808,"z":null,"a":[1,[],"x"],"o":{},"raw":[1],)"
                 R"("last":"é"})");
  parsed(out);
}

TEST(JsonWriter, RepairsWhatIsNotUtf8) {
  std::string out;
  Writer(out).string(
      "a\"\xff"
      "b\xc3\xa0\xe1\xba\n");
  EXPECT_EQ(out,
            "\"a\\\"\uFFFD"
            "b\u00E0\uFFFD\uFFFD\\n\"");
  parsed(out);
}

TEST(JsonWriter, GivesBackWhatWasParsed) {
  for (auto const* text : {R"({"a":[1,-2,"x\u0000y",null,true,{"b":{}}],"c":"\ud83d\ude00"})", "[]",
                           "\"\"", "-9223372036854775808"}) {
    auto const value = parsed(text);
    EXPECT_EQ(parsed(to_text(value)), value) << text;
  }
}

TEST(JsonWriterDeathTest, AbortsOnMisuse) {
  std::string out;
  EXPECT_DEATH(Writer(out).key("a"), "QRPAY_CHECK");
  EXPECT_DEATH(Writer(out).end_array(), "QRPAY_CHECK");
}

}  // namespace
}  // namespace qrpay::gateway::json
