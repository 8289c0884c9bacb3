/** The language itself. */
import { describe, expect, test } from "bun:test";
import { shown } from "../../../test/lib/expressions.ts";

describe("literals and comments:", () => {
  test.each([
    ["42", "42"],
    ["1_000", "1000"],
    ["0x2A", "42"],
    ["0o52", "42"],
    ["0b101010", "42"],
    [".5", "0.5"],
    ["1e3", "1000"],
    ['"a\\tb"', "a\tb"],
    ["'it\\'s'", "it's"],
    ["`raw\\n`", "raw\\n"],
    ['"\\u00e9\\x41\\101"', "éAA"],
    ["nil", "<nil>"],
    ["[1, 'a', nil,]", "[1 a <nil>]"],
    ["{a: 1, 'b c': 2, 3: 4}", "map[3:4 a:1 b c:2]"],
    ["/* one */ 1 // two", "1"],
    ["1e400", "!"],
    ["9223372036854775808", "!"],
    ["1abc", "!"],
    ["0x", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("arithmetic:", () => {
  test.each([
    ["1 + 2 * 3", "7"],
    ["(1 + 2) * 3", "9"],
    ["7 / 2", "3.5"],
    ["7 % 4", "3"],
    ["-7 % 4", "-3"],
    ["7 % 0", "!"],
    ["1 / 0", "+Inf"],
    ["2 ** 3 ** 2", "512"],
    ["2 ^ 3", "8"],
    ["-2 ** 2", "-4"],
    ["1 + 0.5", "1.5"],
    ["9223372036854775807 + 1", "-9223372036854775808"],
    ["'a' + 'b'", "ab"],
    ["'a' + 1", "!"],
    ["1..4", "[1 2 3 4]"],
    ["4..1", "[]"],
    ["+5", "5"],
    ["-'a'", "!"],
    ["1 - 2 - 3", "-4"],
    ["string(0.1 + 0.2)", "0.30000000000000004"],
    ["string(1e21)", "1e+21"],
    ["string(0.000001)", "1e-06"],
    ["string(1234567.0)", "1.234567e+06"],
    ["string(0.00012)", "0.00012"],
    ["string(100000000.0)", "1e+08"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("comparison and membership:", () => {
  test.each([
    ["1 == 1.0", "true"],
    ["'1' == 1", "false"],
    ["nil == false", "false"],
    ["[1, 2] == [1.0, 2.0]", "true"],
    ["{a: 1} == {a: 1}", "true"],
    ["{a: 1} == {a: 2}", "false"],
    ["1 < 2 < 3", "true"],
    ["1 < 2 > 3", "false"],
    ["'a' < 'b'", "true"],
    ["1 < 'a'", "!"],
    ["nil < 1", "!"],
    ["2 >= 2", "true"],
    ["'a' in ['a', 'b']", "true"],
    ["'c' not in ['a', 'b']", "true"],
    ["not ('a' in ['a'])", "false"],
    ["'a' in {a: nil}", "true"],
    ["'a' in nil", "false"],
    ["1.0 in [1]", "true"],
    ["'a' in 'abc'", "!"],
    ["'abc' contains 'b'", "true"],
    ["'abc' startsWith 'ab'", "true"],
    ["'abc' endsWith 'bc'", "true"],
    ["'abc' not endsWith 'bc'", "false"],
    ["nil contains 'a'", "false"],
    ["'v1.2.3' matches '^v\\\\d+'", "true"],
    ["'x' not matches '^v'", "true"],
    ["'x' matches '('", "!"],
    ["1 contains 'a'", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("logic:", () => {
  test.each([
    ["true && false || true", "true"],
    ["true and not false", "true"],
    ["!true or true", "true"],
    ["not true == false", "true"],
    ["false && missing.name", "false"],
    ["true || missing.name", "true"],
    ["nil and true", "!"],
    ["1 or true", "!"],
    ["!nil", "!"],
    ["true ? 1 : 2", "1"],
    ["false ? 1 : true ? 2 : 3", "2"],
    ["nil ? 1 : 2", "!"],
    ["true ?: 2", "true"],
    ["if 1 > 2 { 1 } else if 2 > 1 { 2 } else { 3 }", "2"],
    ["nil ?? 1", "1"],
    ["false ?? 1", "false"],
    ["nil ?? nil ?? 2", "2"],
    ["1 + 2 ?? 3", "3"],
    ["nil ?? 1 + 2", "!"],
    ["(nil ?? 1) + 2", "3"],
    ["let x = 2; let y = x * 3; x + y", "8"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("members:", () => {
  test.each([
    ["app.metadata.name", "guestbook"],
    ["app['metadata']['name']", "guestbook"],
    ["app.metadata.labels?.env", "prod"],
    ["app.metadata.annotations", "<nil>"],
    ["app.metadata.annotations.x", "!"],
    ["app.metadata.annotations?.x", "<nil>"],
    ["app.metadata.annotations?.x.y.z", "<nil>"],
    ["app.metadata.annotations?.['x']", "<nil>"],
    ["app?.nothing?.x ?? 'none'", "none"],
    ["missing", "<nil>"],
    ["missing.name", "!"],
    ["list[0]", "1"],
    ["list[-1]", "3"],
    ["list[3]", "!"],
    ["list[1:]", "[2 3]"],
    ["list[:-1]", "[1 2]"],
    ["list[1:2]", "[2]"],
    ["list[5:]", "[]"],
    ["'hello'[1:3]", "el"],
    ["'hello'[1:3] + 'p'", "elp"],
    ["app.in", "<nil>"],
    ["$env['app'].metadata.name", "guestbook"],
    ["'app' in $env", "true"],
    ["'__proto__' in $env", "false"],
    ["app.__proto__", "<nil>"],
    ["app.constructor", "<nil>"],
    ["app['constructor']", "<nil>"],
    ["list.length", "!"],
    ["'text'.length", "!"],
    ["list.map", "!"],
    ["toString", "<nil>"],
    ["hasOwnProperty('x')", "!"],
    ["app.metadata.toString()", "!"],
    ["{'__proto__': 1}.__proto__", "1"],
    ["{constructor: 2}['constructor']", "2"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("predicates:", () => {
  test.each([
    ["all(list, # > 0)", "true"],
    ["any(list, {# > 2})", "true"],
    ["none(list, # > 3)", "true"],
    ["one(list, # > 2)", "true"],
    ["all([], false)", "true"],
    ["any([], true)", "false"],
    ["filter(list, # % 2 == 1)", "[1 3]"],
    ["map(list, # * 2)", "[2 4 6]"],
    ["map(list, #index)", "[0 1 2]"],
    ["list | filter(# > 1) | map(# * 10)", "[20 30]"],
    ["filter(resources, .kind == 'Pod') | map(.name)", "[a c]"],
    ["any(resources, .health?.status == 'Degraded')", "true"],
    ["count(resources, .kind == 'Pod')", "2"],
    ["count([true, false, true])", "2"],
    ["find(resources, .kind == 'Job')", "<nil>"],
    ["find(list, # > 1)", "2"],
    ["findIndex(list, # > 1)", "1"],
    ["findLast(list, # < 3)", "2"],
    ["findLastIndex(list, # < 9)", "2"],
    ["sum(list)", "6"],
    ["sum(resources, len(.name))", "3"],
    ["reduce(list, #acc + #)", "6"],
    ["reduce(list, #acc + #, 10)", "16"],
    ["reduce([], #acc, 0)", "0"],
    ["reduce([], #acc)", "!"],
    ["map(sortBy(resources, .name, 'desc'), .name)", "[c b a]"],
    ["map(keys(groupBy(list, # % 2 == 0)) | sort(), string(#))", "!"],
    ["len(groupBy(list, # % 2))", "2"],
    ["map([[1, 2], [3]], map(#, # + 1))", "[[2 3] [4]]"],
    ["all(list, #)", "!"],
    ["any({a: 1}, # > 0)", "!"],
    ["any(nil, true)", "!"],
    ["filter(list)", "!"],
    ["# > 1", "!"],
    ["let n = 1; filter(list, # > n)", "[2 3]"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});
