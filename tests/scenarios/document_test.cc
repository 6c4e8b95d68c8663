#include "scenarios/document.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/nearest.h"
#include "scenarios/section.h"

namespace holdfast::scenarios {
namespace {

using nlohmann::json;

Document parsed(std::string_view text, const std::vector<std::string>& overrides = {}) {
  auto document = Document::parse("x.json", text, overrides);
  EXPECT_TRUE(document) << text_of(document.error());
  return *document;
}

std::string problem_with(std::string_view text, const std::vector<std::string>& overrides = {}) {
  auto document = Document::parse("x.json", text, overrides);
  EXPECT_FALSE(document);
  return document ? "" : text_of(document.error());
}

TEST(Document, CommentsAreLeftOut) {
  Document document = parsed("// one\n{ // two\n \"a\": 1 }\n// three\n");
  EXPECT_EQ(document.root(), (json{{"a", 1}}));
}

TEST(Document, KnowsTheLineOfEachValue) {
  Document document =
      parsed("// story\n{\n  \"a\": 1,\n  \"b\": {\"c\": [true,\n  2\n ,{}]},\n\"d\": 7\n}");
  EXPECT_EQ(document.line_of(""), 2);
  EXPECT_EQ(document.line_of("/a"), 3);
  EXPECT_EQ(document.line_of("/b"), 4);
  EXPECT_EQ(document.line_of("/b/c/0"), 4);
  EXPECT_EQ(document.line_of("/b/c/1"), 5);
  EXPECT_EQ(document.line_of("/b/c/2"), 6);
  EXPECT_EQ(document.line_of("/d"), 7);
  EXPECT_EQ(document.line_of("/b/nothing/there"), 4) << "the nearest value around it";
}

TEST(Document, AKeyThatStandsTwiceIsAProblem) {
  EXPECT_EQ(problem_with("{\"a\": {\"b\": 1,\n \"b\": 1}}"),
            "x.json:2: /a/b: the key \"b\" stands here twice\n");
  parsed("{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}");
}

TEST(Document, WhatIsNotJsonSaysWhere) {
  EXPECT_NE(problem_with("{\n \"a\" 1 }").find("x.json:2: not JSON: parse error at line 2"),
            std::string::npos);
  for (const char* text :
       {"", "   ", "// only words\n", "{} {}", "{\"a\": 01}", "{\"a\": \"\xff\"}", "{\"a\": NaN}"})
    EXPECT_NE(problem_with(text).find("not JSON"), std::string::npos) << text;
  for (const char* text : {"[]", "7", "null", "\"a\""})
    EXPECT_NE(problem_with(text).find("expected one JSON object"), std::string::npos) << text;
}

TEST(Document, DeepNestingIsNoTrap) {
  std::string deep(200'000, '[');
  EXPECT_NE(problem_with("{\"a\": " + deep).find("not JSON"), std::string::npos);
}

TEST(Document, OverridesReplaceAndAddAndTakeAway) {
  std::string_view text =
      R"({"a": {"b": 1, "c": "x"}, "m0..m3": {"size": "1MiB"}, "list": [1, 2]})";
  EXPECT_EQ(parsed(text, {"a.b=2"}).root()["a"]["b"], 2);
  EXPECT_EQ(parsed(text, {"a.c=64KiB"}).root()["a"]["c"], "64KiB")
      << "what is not JSON is a string";
  EXPECT_EQ(parsed(text, {"a.c=\"7\""}).root()["a"]["c"], "7");
  EXPECT_EQ(parsed(text, {"m0..m3.size=2MiB"}).root()["m0..m3"]["size"], "2MiB");
  EXPECT_EQ(parsed(text, {"list.1=5"}).root()["list"], (json{1, 5}));
  EXPECT_EQ(parsed(text, {"new.part=true"}).root()["new"]["part"], true);
  EXPECT_FALSE(parsed(text, {"a.c=null"}).root()["a"].contains("c"));
  EXPECT_EQ(parsed(text, {"a.b=2", "a.b=3"}).root()["a"]["b"], 3) << "the last one counts";
  EXPECT_EQ(parsed(text, {"a.b=x=y"}).root()["a"]["b"], "x=y");
}

TEST(Document, OverridesThatLeadNowhereSaySo) {
  std::string_view text = R"({"a": 1, "list": [1, 2]})";
  EXPECT_EQ(problem_with(text, {"a"}), "--set a: expected a.b=value\n");
  EXPECT_EQ(problem_with(text, {"=1"}), "--set =1: expected a.b=value\n");
  EXPECT_EQ(problem_with(text, {"list.2=1"}), "--set list.2=1: 2 is no place in this array\n");
  EXPECT_EQ(problem_with(text, {"a.b=1"}), "--set a.b=1: what stands around \"b\" has no keys\n");
}

TEST(Document, AnOverriddenValueHasNoLine) {
  Document document = parsed("{\n\"a\": {\"b\": 1}}", {"a={\"b\": 2}"});
  EXPECT_EQ(document.problem("/a/b", "wrong").text(), "x.json: /a/b: wrong");
}

TEST(Nearest, NamesWhatWasMeant) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("flush", "flush"), 0u);
  EXPECT_EQ(edit_distance("fulsh", "flush"), 1u) << "neighbours swapped";
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  std::vector<std::string_view> known{"chunk", "level", "members"};
  EXPECT_EQ(hint_for("chunks", known), "did you mean \"chunk\"?");
  EXPECT_EQ(hint_for("memebrs", known), "did you mean \"members\"?");
  EXPECT_EQ(hint_for("zzzzzzzzz", known), "known here: chunk, level, members");
  EXPECT_EQ(hint_for(std::string(1 << 20, 'x'), known), "known here: chunk, level, members");
}

TEST(Section, NamesAndRanges) {
  EXPECT_EQ(expand_names("log"), (std::vector<std::string>{"log"}));
  EXPECT_EQ(expand_names("m9..m11"), (std::vector<std::string>{"m9", "m10", "m11"}));
  EXPECT_EQ(expand_names("m0..m255").size(), 256u);
  for (const char* text : {"", "0", "m 0", "m0..", "..m1", "m0..n1", "m2..m1", "m0...m1",
                           "m00..m01", "m0..m256", "a.b", "m0..m1..m2", "m-1..m1x"})
    EXPECT_TRUE(expand_names(text).empty()) << text;
}

}  // namespace
}  // namespace holdfast::scenarios
