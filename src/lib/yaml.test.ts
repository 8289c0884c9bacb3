import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson } from "./canonical-json.ts";
import { atOnce } from "./in-steps.ts";
import { readAnyBlocks } from "./yaml/any-blocks.ts";
import { type DocumentText, splitDocuments } from "./yaml/documents.ts";
import { lineOf, parseYaml, printYaml, YAML_LIMITS } from "./yaml.ts";

const firstDocument = (text: string): DocumentText | undefined =>
  [...splitDocuments(text, 1)].find((document) => document !== "nothing");
const slowly = (source: DocumentText) => atOnce(readAnyBlocks(source, YAML_LIMITS, "refuse"));

function onlyValue(text: string): unknown {
  const { documents, problems } = parseYaml(text);
  expect(problems).toEqual([]);
  expect(documents).toHaveLength(1);
  return documents[0]!.value;
}

describe("parseYaml() scalars", () => {
  // The right column is what sigs.k8s.io/yaml 1.6 makes of the left one (its YAMLToJSON).
  const cases: [written: string, json: string][] = [
    ["y", "true"],
    ["Yes", "true"],
    ["on", "true"],
    ["ON", "true"],
    ["yEs", '"yEs"'],
    ["n", "false"],
    ["off", "false"],
    ["NO", "false"],
    ["True", "true"],
    ["tRue", '"tRue"'],
    ["~", "null"],
    ["Null", "null"],
    ["nULL", '"nULL"'],
    ["", "null"],
    ["0644", "420"],
    ["0o17", "15"],
    ["0x1F", "31"],
    ["-0x1f", "-31"],
    ["0b101", "5"],
    ["-0b11", "-3"],
    ["089", "89"],
    ["0_7", "7"],
    ["1_000", "1000"],
    ["1_000.5", "1000.5"],
    ["_1", '"_1"'],
    ["+12", "12"],
    ["+", '"+"'],
    ["-", "[null]"],
    ["-0", "0"],
    ["1.0", "1"],
    ["1.", "1"],
    [".5", "0.5"],
    ["-.5", "-0.5"],
    ["1e3", "1000"],
    ["1E-3", "0.001"],
    ["1e400", '"1e400"'],
    [".e3", '".e3"'],
    ["9007199254740991", "9007199254740991"],
    ["9007199254740993", "9007199254740993"],
    ["9223372036854775807", "9223372036854775807"],
    ["18446744073709551615", "18446744073709551615"],
    ["18446744073709551616", "18446744073709552000"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["0xffffffffffffffff", "18446744073709551615"],
    ["0x10000000000000000", '"0x10000000000000000"'],
    ["0b12", '"0b12"'],
    ["190:20:30", '"190:20:30"'],
    ["1:30", '"1:30"'],
    ["2001-01-01", '"2001-01-01"'],
    ["2001-12-14 21:59:43.10 -5", '"2001-12-14 21:59:43.10 -5"'],
    ["1.2.3", '"1.2.3"'],
    ["12e03", "12000"],
    ["Infinity", '"Infinity"'],
    ["nan", '"nan"'],
    ["=", '"="'],
    ["100m", '"100m"'],
    ["a b", '"a b"'],
    ["x#c", '"x#c"'],
    ["x #c", '"x"'],
    ["http://x:80/y", '"http://x:80/y"'],
    ["'it''s'", '"it\'s"'],
    ['"\\u00e9\\x41"', '"éA"'],
    ["'yes'", '"yes"'],
    ['"12"', '"12"'],
    ["!!str 12", '"12"'],
    ['!!int "12"', "12"],
    ["!!int 012", "10"],
    ["!!float 12", "12"],
    ['!!bool "yes"', "true"],
    ["!foo 12", '"12"'],
    ["! 0644", '"0644"'],
    ["!!binary aGVsbG8=", '"hello"'],
    ["!!timestamp 2001-01-01", '"2001-01-01"'],
    ["!!set {b, c}", '{"b":null,"c":null}'],
    ["{}", "{}"],
    ["[]", "[]"],
    ["[a, 1, yes,]", '["a",1,true]'],
    ["{b:1}", '{"b:1":null}'],
    ['{"b":1}', '{"b":1}'],
    ["{x: y:z}", '{"x":"y:z"}'],
  ];
  test.each(cases)("%p is %s", (written, json) => {
    const text = `a: ${written}\n`;
    const want = written === "-" ? undefined : `{"a":${json}}`;
    if (want === undefined) expect(parseYaml(text).problems).toHaveLength(1);
    else expect(canonicalJson(onlyValue(text))).toBe(want);
    const { value, problems } = slowly(firstDocument(text)!);
    if (want !== undefined)
      expect({ problems, json: canonicalJson(value) }).toEqual({ problems: [], json: want });
  });

  test("big integers are printed with all their digits by JSON.stringify", () => {
    expect(JSON.stringify(onlyValue("id: 9007199254740993\n"))).toBe('{"id":9007199254740993}');
  });

  test.each([[".nan"], [".inf"], ["!!int abc"], ["!!bool 12"], ["!!null x"]])(
    "%p is refused with its line",
    (written) => {
      expect(parseYaml(`a: 1\nb: ${written}\n`)).toMatchObject({
        documents: [],
        problems: [{ severity: "error", line: 2 }],
      });
    },
  );
});

describe("parseYaml() structure", () => {
  const cases: [name: string, text: string, json: string][] = [
    ["keys become strings as JSON has them", "yes: 1\n0644: b\n1.0: c\n", '{"1":"c","420":"b","true":1}'],
    [
      "a merge key counts from where it stands",
      "b: &b {a: 1, b: 2}\nx: {a: 9, <<: *b}\nz: {<<: *b, a: 9}\n",
      '{"b":{"a":1,"b":2},"x":{"a":1,"b":2},"z":{"a":9,"b":2}}',
    ],
    [
      "of merged mappings the first wins",
      "b: &b {a: 1}\nc: &c {a: 5, d: 1}\nx:\n  <<: [*b, *c]\n",
      '{"b":{"a":1},"c":{"a":5,"d":1},"x":{"a":1,"d":1}}',
    ],
    ["a quoted merge key is a key", 'x: {"<<": {a: 1}}\n', '{"x":{"<<":{"a":1}}}'],
    ["a sequence may stand at its key's column", "a:\n- b\n- c: 1\n  d: 2\n", '{"a":["b",{"c":1,"d":2}]}'],
    // Checked against helm's fromYaml | toJson.
    [
      "quoted lines may be indented as they like",
      "a:\n      b: 'one ''two\n      three\n\n   four'\n      c: \"x\\\ny\nz\"\n      d: end\n",
      '{"a":{"b":"one \'two three\\nfour","c":"xy z","d":"end"}}',
    ],
    [
      "also in flow collections, at the first column",
      "m: {a: 'x\ny', b: \"p\nq\"}\nl: ['x\ny']\n",
      '{"l":["x y"],"m":{"a":"x y","b":"p q"}}',
    ],
    [
      "a comment behind quotes, brackets and block signs needs no space",
      "a: 'x'# note\nb: \"y\"#n\nc: [1]#n\nd: {}#n\ne: |#n\n  t\nf: >-# n\n  t\ng: x#n\n",
      '{"a":"x","b":"y","c":[1],"d":{},"e":"t\\n","f":"t","g":"x#n"}',
    ],
    [
      "flow collections may go on no deeper than their key",
      'a: [\n1,\n  2\n]\nb: {\nx: 1,\ny: [a\n,b]\n}\nc: ["p\nq",\nr]\nd: 1\n',
      '{"a":[1,2],"b":{"true":["a","b"],"x":1},"c":["p q","r"],"d":1}',
    ],
    [
      "brackets in comments and quotes end no flow collection",
      'a: [b, # x ] y\nc]\nd: {e: "]",\nf: it\'s}\n',
      '{"a":["b","c"],"d":{"e":"]","f":"it\'s"}}',
    ],
    [
      "a comment in a flow collection needs no space behind brackets, commas and quotes",
      "a: {# one ]\nb: c,# it's }\nd: [#]\n'e'#]\n]\n}\nf: [it's#x\n]\n",
      '{"a":{"b":"c","d":["e"]},"f":["it\'s#x"]}',
    ],
    [
      "quoted lines that end in doubled quotes",
      "k: 'it''s \n   - e''\nk2: c'\n",
      '{"k":"it\'s - e\' k2: c"}',
    ],
    ["empty quoted lines are breaks", 'a: "x\n\n  y\\nz  \n  "\nb: end\n', '{"a":"x\\ny\\nz ","b":"end"}'],
    [
      "what looks like a quote in other texts stays",
      "a: it's\nb: |\n  'x\n  y\nc:\n    - 'p\n    q'\n    # don't\n    - r\n",
      '{"a":"it\'s","b":"\'x\\ny\\n","c":["p q","r"]}',
    ],
    [
      "a literal block keeps its breaks",
      "a: |\n  x\n   y\n\n  z\n\nb: |-\n  x\nc: |+\n  x\n\n",
      '{"a":"x\\n y\\n\\nz\\n","b":"x","c":"x\\n\\n"}',
    ],
    [
      "a folded block joins its lines",
      "a: >-\n  x\n  y\n\n  z\nb: >\n\n  x\n",
      '{"a":"x y\\nz","b":"\\nx\\n"}',
    ],
    ["a plain scalar goes on in the next line", "a: x\n  y\n\n  z\n", '{"a":"x y\\nz"}'],
    [
      "the last line of a text counts for a block that keeps its breaks",
      "a: |+\n  x\n\n  ",
      '{"a":"x\\n\\n\\n"}',
    ],
    ["on the slow road too", "b: &b c\na: |+\n  x\n\n  ", '{"a":"x\\n\\n\\n","b":"c"}'],
    ["a block without a last line break ends with one all the same", "a: |\n  x", '{"a":"x\\n"}'],
    ["comments end nothing", "# one\na:\n  # two\n  b: 1 # three\n\n# four\n", '{"a":{"b":1}}'],
    ["line breaks of other systems are line breaks", "a: 1\r\nb: |\r\n  x\r\n", '{"a":1,"b":"x\\n"}'],
    ["JSON is YAML", '{"a": [1, {"b": null}], "c": "\\ud83d\\ude00"}', '{"a":[1,{"b":null}],"c":"😀"}'],
    ["tabs separate, but do not indent", "a:\t1\n", '{"a":1}'],
  ];
  test.each(cases)("%s", (_, text, json) => {
    expect(canonicalJson(onlyValue(text))).toBe(json);
  });

  test("__proto__ is a key like any other", () => {
    const value = onlyValue("__proto__: {polluted: yes}\na: 1\n") as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["__proto__", "a"]);
    expect(value["polluted"]).toBeUndefined();
  });

  test("says of every document where it begins", () => {
    const { documents, problems } = parseYaml(
      "# head\na: 1\n---\n# nothing\n---\n\nb: 2\n...\n--- {c: 3}\n--- # d\nd: 4\n",
      { line: 10 },
    );
    expect(problems).toEqual([]);
    expect(documents.map(({ value, line, document }) => ({ value, line, document }))).toEqual([
      { value: { a: 1 }, line: 11, document: 0 },
      { value: { b: 2 }, line: 16, document: 1 },
      { value: { c: 3 }, line: 18, document: 2 },
      { value: { d: 4 }, line: 20, document: 3 },
    ]);
  });

  test("a directive belongs to its document", () => {
    expect(onlyValue("%YAML 1.1\n---\na: yes\n")).toEqual({ a: true });
  });

  test("a broken document spoils no other", () => {
    const { documents, problems } = parseYaml("a: 1\n---\nb: [1\n---\nc: 3\n", { file: "x.yaml" });
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { c: 3 }]);
    expect(problems).toMatchObject([{ severity: "error", file: "x.yaml", line: 4, document: 1 }]);
  });

  test("a key that stands twice is refused with its line, or the last counts with a warning", () => {
    expect(parseYaml("a: 1\nb: 2\na: 3\n")).toMatchObject({
      documents: [],
      problems: [{ severity: "error", line: 3, text: "the key a stands twice in one mapping" }],
    });
    expect(parseYaml("a: 1\nb: 2\na: 3\n", { duplicateKeys: "keep-last" })).toMatchObject({
      documents: [{ value: { a: 3, b: 2 } }],
      problems: [{ severity: "warning", line: 3 }],
    });
  });

  test.each([
    ["a collection as key", "? [a]\n: b\n"],
    ["null as key", "~: a\n"],
    ["an unknown anchor", "a: *x\n"],
    ["a merge of null", "x:\n  <<: ~\n"],
    ["a tab as indentation", "a:\n\tb: 1\n"],
    ["two values on a line", "a: b: c\n"],
    ["an open bracket", "a: [1, 2\n"],
    ["a control character", "a: \u0007\n"],
  ])("refuses %s", (_, text) => {
    const { documents, problems } = parseYaml(text);
    expect(documents).toEqual([]);
    expect(problems).toMatchObject([{ severity: "error" }]);
    expect(problems[0]!.text).not.toMatch(/\.$/);
  });
});

test("parseYaml() quotes nothing of a text that may be secret", () => {
  for (const text of [
    "a: x\n  hunter2: y\n",
    "k: v\nhunter2\n",
    "a: [\n]hunter2\n",
    'a: "\\qhunter2"\n',
    "a: |hunter2\n x\n",
    "'a' hunter2\n",
    "{a: b}\nhunter2\n",
    "- a\nhunter2: b\n",
  ]) {
    const { problems } = parseYaml(text);
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  }
});

describe("parseYaml() bytes", () => {
  const utf16 = (text: string, littleEndian: boolean) => {
    const bytes = new Uint8Array(2 + text.length * 2);
    const view = new DataView(bytes.buffer);
    [...`\ufeff${text}`].forEach((char, index) =>
      view.setUint16(index * 2, char.charCodeAt(0), littleEndian),
    );
    return bytes;
  };
  test.each([
    ["UTF-8", new TextEncoder().encode("a: é\n")],
    ["UTF-8 with a mark", new TextEncoder().encode("\ufeffa: é\n")],
    ["UTF-16, little end first", utf16("a: é\n", true)],
    ["UTF-16, big end first", utf16("a: é\n", false)],
  ])("reads %s", (_, bytes) => {
    expect(parseYaml(bytes).documents.map(({ value }) => value)).toEqual([{ a: "é" }]);
  });
  test("refuses bytes that are no text", () => {
    expect(parseYaml(new Uint8Array([97, 58, 32, 0xff]))).toMatchObject({
      documents: [],
      problems: [{ text: "the file is not valid UTF-8" }],
    });
  });
});

describe("parseYaml() limits", () => {
  const laughs = [
    "a: &a [x, x, x, x, x, x, x, x, x]",
    ..."bcdefghi"
      .split("")
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(", ")}]`),
  ].join("\n");
  const bombs: [name: string, text: string, sentence: RegExp][] = [
    ["a billion laughs", laughs, /more than 200000 values/],
    [
      "a quadratic expansion",
      `a: &a [${"x, ".repeat(5_000)}x]\nb: [${"*a, ".repeat(100)}*a]\n`,
      /more than 200000 values/,
    ],
    ["an anchor that contains itself", "a: &a [*a]\n", /contains itself/],
    ["too many aliases", `a: &a 1\nb: [${"*a, ".repeat(1_001)}*a]\n`, /more than 1000 aliases/],
    ["deep brackets", `a: ${"[".repeat(50_000)}`, /nested/],
    ["deep braces", "{a: ".repeat(50_000), /nested/],
    ["deep dashes", `${"- ".repeat(50_000)}a\n`, /nested/],
    ["deep question marks", `${"? ".repeat(50_000)}a\n`, /nested/],
    [
      "deep indentation",
      Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      /nested/,
    ],
    ["65 levels", `a: ${"[".repeat(64)}${"]".repeat(64)}\n`, /nested more than 64 levels/],
    [
      "a storm of merges",
      `a: &a {${Array.from({ length: 2_000 }, (_, key) => `k${key}: 1`).join(", ")}}\nb: [${"{<<: *a}, ".repeat(200)}]\n`,
      /more than 200000 values/,
    ],
    [
      "a mapping of 300,000 keys",
      `a:\n${Array.from({ length: 300_000 }, (_, key) => `  k${key}: v`).join("\n")}\n`,
      /more than 200000 values/,
    ],
    [
      "the same where the slow road reads it",
      `a: &a\n${Array.from({ length: 300_000 }, (_, key) => `  k${key}: v`).join("\n")}\n`,
      /more than 50000 values, and is written in a way that takes long/,
    ],
    ["one line of 300,000 items", `a: [${"1,".repeat(300_000)}1]\n`, /more than 200000 values/],
    ["150,000 documents", "a: 1\n---\n".repeat(150_000), /more than 10000 documents/],
    ["too large a text", `a: ${"x".repeat(10 * 1024 * 1024)}`, /larger than 10485760 bytes/],
  ];
  test.each(bombs)("refuses %s", (_, text, sentence) => {
    const { documents, problems } = parseYaml(text);
    expect(documents).toEqual([]);
    expect(problems[0]!.text).toMatch(sentence);
  });
  test("brackets in text are not depth", () => {
    expect(onlyValue(`a: |\n  ${"[{".repeat(100)}\nb: "${"[".repeat(100)}"\n`)).toMatchObject({
      b: "[".repeat(100),
    });
  });
  test("comments and separators are no documents", () => {
    expect(parseYaml(`${"--- # nothing\n".repeat(50_000)}---\na: 1\n`)).toMatchObject({
      documents: [{ value: { a: 1 }, line: 50_002 }],
      problems: [],
    });
  });
  test("a scalar of a megabyte is no bomb", () => {
    expect(onlyValue(`a: ${"x".repeat(1_000_000)}\n`)).toEqual({ a: "x".repeat(1_000_000) });
  });
});

describe("lineOf()", () => {
  const [document] = parseYaml(
    "# head\n---\nspec:\n  source:\n    helm:\n      valueFiles:\n      - a\n      - 7\n  destination: {server: x}\nbase: &b {k: 1}\nx: *b\n",
    { line: 5 },
  ).documents;
  test.each([
    ["spec", 7],
    ["spec.source.helm.valueFiles[1]", 12],
    ["spec.destination.server", 13],
    ["spec.source.path", 8],
    ["nothing", 7],
    ["x.k", 14],
    ["", 7],
  ])("%p stands on line %p", (path, line) => {
    expect(lineOf(document!, path)).toBe(line);
  });
});

test("lineOf() names the line of the key that counts, where one stands twice", () => {
  const [document] = parseYaml("a: {b: 1}\na: {b: 2}\n", { duplicateKeys: "keep-last" }).documents;
  expect(lineOf(document!, "a.b")).toBe(2);
});
test("lineOf() counts lines past quoted ones that are hardly indented", () => {
  const [document] = parseYaml("a:\n    b: 'x\n y'\n    c: {d: 1}\n").documents;
  expect(lineOf(document!, "a.c.d")).toBe(4);
});

test("a quote that is never closed is told with its line", () => {
  expect(parseYaml("a: 'x\n  y'\nb: 'p\nq: r\n")).toMatchObject({
    documents: [],
    problems: [{ text: "missing closing 'quote" }],
  });
});

describe("printYaml()", () => {
  test("a text of very many breaks is printed in time that grows with its length", () => {
    const value = { a: `x${"\n".repeat(800_000)}y` };
    expect(printYaml(value).length).toBe("a: |-\n  x".length + 800_000 + "  y\n".length);
    expect(printYaml({ a: "x\n\n\n" })).toBe("a: |+\n  x\n\n\n");
  });

  test("prints block style, and quotes what would be read as something else", () => {
    const text = printYaml({
      kind: "ConfigMap",
      data: {
        a: "yes",
        b: "0644",
        c: "1e3",
        d: "2001-01-01",
        e: "",
        f: " x",
        g: "a: b",
        h: "x #y",
        i: "- a",
        on: "~",
        "a/b.c": "100m",
        "x y": "1.2.3",
      },
      list: [1, true, null, "x", [], {}, [1, [2]], { a: 1, b: [{ c: "d" }] }],
      script: "#!/bin/sh\necho hi\n",
      tail: "a\n\n",
      none: undefined,
      big: 9007199254740993n,
    });
    expect(text).toBe(
      [
        "kind: ConfigMap",
        "data:",
        '  a: "yes"',
        '  b: "0644"',
        '  c: "1e3"',
        '  d: "2001-01-01"',
        '  e: ""',
        '  f: " x"',
        '  g: "a: b"',
        '  h: "x #y"',
        '  i: "- a"',
        '  "on": "~"',
        "  a/b.c: 100m",
        '  "x y": 1.2.3',
        "list:",
        "- 1",
        "- true",
        "- null",
        "- x",
        "- []",
        "- {}",
        "- - 1",
        "  - - 2",
        "- a: 1",
        "  b:",
        "  - c: d",
        "script: |",
        "  #!/bin/sh",
        "  echo hi",
        "tail: |+",
        "  a",
        "",
        "big: 9007199254740993",
        "",
      ].join("\n"),
    );
  });

  const tricky = fc.constantFrom(
    "",
    " ",
    "yes",
    "no",
    "~",
    "null",
    "0644",
    "0o17",
    "1e3",
    "1.5",
    "-",
    "- a",
    "? a",
    ": a",
    "a:",
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "'",
    '"',
    "{",
    "[",
    "]",
    ",",
    "a\nb",
    "a\n",
    "\na",
    "a\n\n\n",
    "a \nb",
    "a\n b",
    "\t",
    "a\tb",
    "a\n\tb\n",
    "---",
    "...",
    "--- a",
    "<<",
    "=",
    ".inf",
    "é😀",
    "\u2028",
    "\ufeff",
    "\u0085",
    "\u0007",
    "2001-01-01",
    "1_000",
    "0x",
    "10.0.0.1",
    "\\",
    "a\\nb",
    "x: |",
    "  a\nb",
    "a\n#b",
    "\ud800",
  );
  const text = fc.oneof(
    tricky,
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(tricky, { maxLength: 3 }).map((parts) => parts.join("")),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(2n ** 53n, 2n ** 64n - 1n),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(text, tie("value"), { maxKeys: 4 }),
    ),
  }));

  test("is read back to the same value, on both roads", () => {
    fc.assert(
      fc.property(value, (value) => {
        const printed = printYaml({ value });
        const want = canonicalJson({ value });
        expect(canonicalJson(onlyValue(printed))).toBe(want);
        const slow = slowly(firstDocument(printed)!);
        expect({ problems: slow.problems, json: canonicalJson(slow.value) }).toEqual({
          problems: [],
          json: want,
        });
      }),
      { numRuns: 1_500 },
    );
  });
  test.each([[Number.NaN], [() => 1]])("refuses %p", (value) => {
    expect(() => printYaml({ value })).toThrow(TypeError);
  });
});
