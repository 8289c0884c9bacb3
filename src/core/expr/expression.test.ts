import { describe, expect, test } from "bun:test";
import { compile, Environment, type Evaluated, sayMistake } from "./expression.ts";
import { Func, show } from "./values.ts";

/** Monday, 30 November 2026. */
const NOW_MS = Date.UTC(2026, 10, 30, 12);
const ENVIRONMENT = {
  app: {
    metadata: { name: "guestbook", labels: { env: "prod" } },
    status: {
      sync: { status: "Synced" },
      health: { status: "Healthy" },
      operationState: { phase: "Succeeded", startedAt: "2026-01-31T10:00:00Z" },
    },
  },
  list: [1, 2, 3],
  resources: [
    { kind: "Pod", name: "a" },
    { kind: "Service", name: "b", health: { status: "Degraded" } },
    { kind: "Pod", name: "c" },
  ],
};
const FREE = { spend: () => undefined, now: () => 0n };

function evaluated(
  text: string,
  given: Record<string, unknown> = ENVIRONMENT,
  mostSteps?: number,
): Evaluated {
  const compiled = compile(text);
  if (!compiled.ok) return { is: "wrong", mistake: compiled.mistake };
  return compiled.expression.evaluate(new Environment(given, NOW_MS), mostSteps);
}

/** As Go would print it; "!" is a mistake. */
function shown(text: string, given?: Record<string, unknown>): string {
  const done = evaluated(text, given);
  return done.is === "wrong" ? "!" : show(done.value, FREE);
}

const said = (text: string, given?: Record<string, unknown>, mostSteps?: number): string => {
  const done = evaluated(text, given, mostSteps);
  return done.is === "wrong" ? sayMistake(done.mistake) : show(done.value, FREE);
};

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

describe("functions of texts:", () => {
  test.each([
    ["trim('  x ')", "x"],
    ["trim('__x_', '_')", "x"],
    ["trimPrefix('HelloWorld', 'Hello')", "World"],
    ["trimSuffix('HelloWorld', 'World')", "Hello"],
    ["upper('é')", "É"],
    ["lower('ABC')", "abc"],
    ["split('a,b,c', ',')", "[a b c]"],
    ["split('a,b,c', ',', 2)", "[a b,c]"],
    ["split('abc', '')", "[a b c]"],
    ["splitAfter('a,b', ',')", "[a, b]"],
    ["replace('aaa', 'a', 'b')", "bbb"],
    ["replace('aaa', 'a', 'b', 2)", "bba"],
    ["replace('ab', '', '-')", "-a-b-"],
    ["repeat('ab', 3)", "ababab"],
    ["repeat('a', -1)", "!"],
    ["join(['a', 'b'], ',')", "a,b"],
    ["join(['a', 'b'])", "ab"],
    ["join([1])", "!"],
    ["indexOf('apple', 'p')", "1"],
    ["lastIndexOf('apple', 'p')", "2"],
    ["indexOf('apple', 'z')", "-1"],
    ["hasPrefix('ab', 'a')", "true"],
    ["hasSuffix('ab', 'a')", "false"],
    ["lower(1)", "!"],
    ["upper()", "!"],
    ["'a b' | upper() | split(' ')", "[A B]"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("functions of numbers:", () => {
  test.each([
    ["abs(-5)", "5"],
    ["abs(-0.5)", "0.5"],
    ["ceil(1.2)", "2"],
    ["floor(-1.2)", "-2"],
    ["round(2.5)", "3"],
    ["round(-2.5)", "-3"],
    ["max(1, 2.5)", "2.5"],
    ["min([3, 1], 2)", "1"],
    ["mean([1, 2, 4, 5])", "3"],
    ["median([1, 2, 3, 4])", "2.5"],
    ["bitand(12, 10)", "8"],
    ["bitor(12, 10)", "14"],
    ["bitxor(12, 10)", "6"],
    ["bitnand(10, 12)", "2"],
    ["bitnot(5)", "-6"],
    ["bitshl(5, 2)", "20"],
    ["bitshr(-5, 1)", "-3"],
    ["bitushr(-5, 2)", "4611686018427387902"],
    ["bitshl(1, -1)", "!"],
    ["max('a')", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("functions of lists and maps:", () => {
  test.each([
    ["len('héy')", "3"],
    ["len(list)", "3"],
    ["len({a: 1})", "1"],
    ["len(nil)", "!"],
    ["first(list)", "1"],
    ["last(list)", "3"],
    ["first([])", "<nil>"],
    ["get(list, 9)", "<nil>"],
    ["get({a: 1}, 'a')", "1"],
    ["get(nil, 'a')", "<nil>"],
    ["take(list, 2)", "[1 2]"],
    ["take(list, 9)", "[1 2 3]"],
    ["sort(keys({b: 1, a: 2}))", "[a b]"],
    ["values({a: 1})", "[1]"],
    ["toPairs({a: 1})", "[[a 1]]"],
    ["fromPairs([['a', 1]]).a", "1"],
    ["reverse(list)", "[3 2 1]"],
    ["uniq([1, 1.0, 'a', 'a'])", "[1 a]"],
    ["concat([1], [2, 3])", "[1 2 3]"],
    ["flatten([1, [2, [3]]])", "[1 2 3]"],
    ["sort(['b', 'a'])", "[a b]"],
    ["sort([1, 3, 2], 'desc')", "[3 2 1]"],
    ["sort([1, 'a'])", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("conversions:", () => {
  test.each([
    ["type(1)", "int"],
    ["type(1.0)", "float"],
    ["type('a')", "string"],
    ["type(nil)", "nil"],
    ["type(true)", "bool"],
    ["type([])", "array"],
    ["type({})", "map"],
    ["type(now())", "time.Time"],
    ["type(duration('1s'))", "time.Duration"],
    ["int('12')", "12"],
    ["int(2.9)", "2"],
    ["int('x')", "!"],
    ["float('1.5')", "1.5"],
    ["float(2)", "2"],
    ["string(1)", "1"],
    ["string([1, 'a', {x: nil}])", "[1 a map[x:<nil>]]"],
    ["toJSON({b: 1, a: '<'})", '{\n  "a": "\\u003c",\n  "b": 1\n}'],
    ["fromJSON('{\"a\": [1, 2]}').a[1]", "2"],
    ["fromJSON('{')", "!"],
    ["toBase64('Hello')", "SGVsbG8="],
    ["fromBase64('SGVsbG8=')", "Hello"],
    ["fromBase64('%')", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("times:", () => {
  test.each([
    ["string(duration('90m'))", "1h30m0s"],
    ["string(duration('1.5s'))", "1.5s"],
    ["string(duration('-2ms'))", "-2ms"],
    ["string(duration('1500us'))", "1.5ms"],
    ["duration('1h').Minutes()", "60"],
    ["duration('1h').Hours() == 1", "true"],
    ["duration('1500ms').Seconds()", "1.5"],
    ["duration('x')", "!"],
    ["duration('')", "!"],
    ["date('2026-03-01').Sub(date('2026-02-28')).Hours()", "24"],
    ["string(date('2026-01-31T10:00:00+02:00'))", "2026-01-31 10:00:00 +0200 +0200"],
    ["date('2026-01-31') < date('2026-02-01')", "true"],
    ["string(date('2026-01-31') + duration('36h'))", "2026-02-01 12:00:00 +0000 UTC"],
    ["string(date('2026-02-01') - date('2026-01-31'))", "24h0m0s"],
    ["date('2026-02-30')", "!"],
    ["date('nope')", "!"],
    ["date('2026-01-31').Weekday().String()", "Saturday"],
    ["date('2026-01-31').Month().String()", "January"],
    ["string(date('2026-01-31').Weekday())", "Saturday"],
    ["date('2026-01-31').Year()", "2026"],
    ["date('2026-03-01').YearDay()", "60"],
    ["date('2026-01-31').Unix()", "1769817600"],
    ["date('2026-01-31T10:05:07Z').Format('Mon Jan _2 15:04:05 2006')", "Sat Jan 31 10:05:07 2026"],
    ["date('2026-01-31T13:05:07Z').Format('3:04PM')", "1:05PM"],
    ["date('2026-01-31T13:05:07.5Z').Format('05.000')", "07.500"],
    ["date('31/01/2026', '02/01/2006').Day()", "31"],
    ["date('2026-07-01 12:00', '2006-01-02 15:04', 'Europe/Zurich').UTC().Hour()", "10"],
    ["date('2026-01-31').Before(date('2026-02-01'))", "true"],
    ["date('2026-01-31').AddDate(0, 1, 0).Format('2006-01-02')", "2026-03-03"],
    ["date('2026-01-31T10:05:07Z').Truncate(duration('1h')).Format('15:04')", "10:00"],
    ["now() - now() <= duration('1s')", "true"],
    ["now() > date('2020-01-01')", "true"],
    ["date('2026-01-31').Nothing()", "!"],
    ["date('2026-01-31').ns", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("what triggers of Argo CD's catalogue ask:", () => {
  test.each([
    [
      "app.status.operationState != nil and app.status.operationState.phase in ['Succeeded'] and app.status.health.status == 'Healthy'",
      "true",
    ],
    ["app.status.operationState?.phase in ['Error', 'Failed']", "false"],
    ["app.status.sync.status == 'Unknown'", "false"],
    ["app.metadata.deletionTimestamp == nil", "true"],
    ["app.status?.nothing?.phase in ['Running']", "false"],
    ["now().Sub(date(app.status.operationState.startedAt)).Minutes() >= 5", "true"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("mistakes of writing:", () => {
  test.each([
    ["", "!"],
    ["1 +", "!"],
    ["(1", "!"],
    ["[1, 2", "!"],
    ["a = 1", "!"],
    ["a & b", "!"],
    ["'open", "!"],
    ["`open", "!"],
    ["/* open", "!"],
    ["'\\q'", "!"],
    ["a.", "!"],
    ["a.1", "!"],
    ["1 2", "!"],
    ["{a}", "!"],
    ["foo(", "!"],
    ["a ? b", "!"],
    ["let x = 1", "!"],
    ["not", "!"],
    ["a not b", "!"],
    ["@", "!"],
    ["a..", "!"],
    ["[1,,2]", "!"],
    ["foo(1)", "!"],
    ["bitand(1)", "!"],
  ])("%s", (text, want) => {
    expect(shown(text)).toBe(want);
  });
});

describe("a mistake says where it is and what mends it:", () => {
  test.each([
    ["app.status.health.status = 'Healthy'", "at character 26: = cannot stand here. Write == to compare"],
    [
      "missing.name == 'a'",
      "at character 9: nil has no name. Write ?.name where what is before it may be missing",
    ],
    [
      "true and app.metadata.name",
      'at character 6: and wants true or false, and this is string. Compare it, as `x != ""`',
    ],
    [
      "true and (\n  1 < 'a')",
      "at line 2, character 5: < does not go with int and string. Convert one, with int(), float() or string()",
    ],
    ["lowr('a')", "at character 1: there is no function lowr. Did you mean lower?"],
    [
      "'a' in 'abc'",
      "at character 5: `in` looks into lists and maps, and this is string. Write `text contains part`",
    ],
    [
      "list[9]",
      "at character 5: there is no item 9 of 3. Write get(list, index), which is nil where there is none",
    ],
    ["a & b", 'at character 3: "&" means nothing here. Write && or `and`'],
    ["7 % 0", "at character 3: it divides by zero"],
    ["", "at character 1: it ends too early. Write what is missing at its end"],
    ["filter(list)", "at character 1: filter wants 2 arguments. Write it like filter(list, # > 1)"],
  ])("%s", (text, want) => {
    expect(said(text)).toBe(want);
  });
});

describe("nothing of JavaScript is reached:", () => {
  const HOST = { app: { name: "a" }, list: [1], text: "t", made: new Map([["a", 1]]) };
  const NAMES = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "call",
    "length",
    "size",
    "get",
  ];
  test.each(
    NAMES.flatMap((name) => [
      `app.${name}`,
      `app?.${name}`,
      `app["${name}"]`,
      `made.${name}`,
      name,
      `$env.${name}`,
    ]),
  )("%s is nil", (text) => {
    expect(shown(text, HOST)).toBe("<nil>");
  });
  test.each(
    NAMES.flatMap((name) => [
      `list.${name}`,
      `text.${name}`,
      `now().${name}`,
      `duration("1s").${name}`,
      `lower.${name}`,
      `f.${name}`,
      `(1).${name}`,
    ]),
  )("%s is a mistake", (text) => {
    expect(shown(text, { ...HOST, f: new Func("f", () => null) })).toBe("!");
  });
  test.each([
    ["a function of JavaScript", { f: () => 1 }],
    ["an object with a class", { f: new (class Host {})() }],
    ["a date", { f: new Date(0) }],
    ["what holds itself", { f: holdsItself() }],
  ])("%s is no value", (_, given) => {
    expect(shown("f", given)).toBe("!");
  });
});

function holdsItself(): Record<string, unknown> {
  const self: Record<string, unknown> = {};
  self["self"] = self;
  return self;
}

describe("functions that are given", () => {
  const given = {
    strings: {
      ToLower: new Func("ToLower", ([text]) => (typeof text === "string" ? text.toLowerCase() : null)),
    },
    time: { Now: new Func("Now", (_, { now }) => now()) },
    double: new Func("double", ([value]) => (typeof value === "bigint" ? value * 2n : null)),
  };
  test.each([
    ["strings.ToLower('ABC')", "abc"],
    ["double(21)", "42"],
    ["4 | double()", "8"],
    ["map([1, 2], double(#))", "[2 4]"],
    ["time.Now()", `${BigInt(NOW_MS) * 1_000_000n}`],
    ["strings.None('a')", "!"],
    ["double == double", "true"],
    ["toJSON(double)", "!"],
  ])("%s", (text, want) => {
    expect(shown(text, given)).toBe(want);
  });
});

describe("what would take everything is a mistake:", () => {
  const big = { many: Array.from({ length: 1_000 }, (_, at) => at), text: "a".repeat(100_000) };
  test.each([
    "filter(many, any(many, any(many, false)))",
    "1..1000000000",
    "repeat('x', 1000000000)",
    "repeat(repeat('x', 100000), 100000)",
    "reduce(1..60, #acc + #acc, 'ab')",
    "reduce(1..60, concat(#acc, #acc), [1])",
    "reduce(1..30, [#acc, #acc], [1]) | string()",
    "reduce(1..100, [#acc, #acc], 1) == reduce(1..100, [#acc, #acc], 1)",
    "string(reduce(1..50000, [#acc], 1))",
    "replace(text, '', text)",
    "join(map(many, text), text)",
    "any(1..100000, text matches '(a+)+b')",
    "map(many, uniq(many))",
    "toJSON(map(many, many))",
    `${"(".repeat(5_000)}1${")".repeat(5_000)}`,
    `${"!".repeat(5_000)}true`,
    `${"1+".repeat(4_000)}1`,
    `${"1<".repeat(900)}1`,
    "x".repeat(20_000),
    "fromJSON(repeat('[', 100000))",
    "date(repeat('1', 1000))",
    "duration(repeat('1h', 1000))",
    "date('2026-01-01').AddDate(9999999, 0, 0)",
    "date('9999-01-01') + duration('100000h')",
    "bitshl(1, 1000000000000) + bitshl(9999999999, 63) + x",
  ])("%s", (text) => {
    expect(shown(text, big)).toBe("!");
  });

  test("and a regular expression that tries every way takes time in proportion", () => {
    expect(shown(`'${"a".repeat(2_000)}' matches '^(a+)+$'`)).toBe("true");
    expect(shown(`'${"a".repeat(2_000)}b' matches '^(a+)+$'`)).toBe("false");
  });

  test("steps are counted for one question, and each has its own", () => {
    const compiled = compile("sum(1..100)");
    if (!compiled.ok) throw new Error("it is right");
    const environment = new Environment({}, NOW_MS);
    for (let at = 0; at < 5; at += 1)
      expect(compiled.expression.evaluate(environment, 400)).toMatchObject({ is: "value", value: 5050n });
    expect(compiled.expression.evaluate(environment, 50)).toMatchObject({ is: "wrong" });
  });
});

test("an environment is read once, and what it was made of may change", () => {
  const app = { name: "a" };
  const environment = new Environment({ app }, NOW_MS);
  const compiled = compile("app.name");
  if (!compiled.ok) throw new Error("it is right");
  expect(compiled.expression.evaluate(environment)).toMatchObject({ value: "a" });
  app.name = "b";
  expect(compiled.expression.evaluate(environment)).toMatchObject({ value: "a" });
});
