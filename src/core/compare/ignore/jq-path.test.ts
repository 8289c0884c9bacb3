import { describe, expect, test } from "bun:test";
import { parseJqPaths, placesOf } from "./jq-path.ts";

const DEPLOYMENT = {
  metadata: { annotations: { "a.b/c": "x", plain: "y" } },
  spec: {
    template: {
      spec: {
        containers: [
          { name: "web", image: "a", env: [{ name: "A" }, { name: "B" }] },
          { name: "sidecar", image: "b", ports: [{ port: 80 }] },
        ],
      },
    },
  },
  webhooks: [{ name: "w", clientConfig: { caBundle: "c" } }, { name: "v" }],
};
const CONTAINERS = ["spec", "template", "spec", "containers"];

describe("jq paths", () => {
  test.each<[expression: string, places: (string | number)[][]]>([
    [".spec.replicas", [["spec", "replicas"]]],
    [" .spec.replicas ", [["spec", "replicas"]]],
    [".spec?.replicas?", [["spec", "replicas"]]],
    ['.spec["replicas"]', [["spec", "replicas"]]],
    ['.["spec"]["replicas"]', [["spec", "replicas"]]],
    ['.metadata.annotations["a.b/c"]', [["metadata", "annotations", "a.b/c"]]],
    ['.metadata.annotations."a.b/c"', [["metadata", "annotations", "a.b/c"]]],
    [".metadata | .annotations | .plain", [["metadata", "annotations", "plain"]]],
    [
      ".metadata.annotations[]",
      [
        ["metadata", "annotations", "a.b/c"],
        ["metadata", "annotations", "plain"],
      ],
    ],
    [".spec.template.spec.containers[].env", [0, 1].map((at) => [...CONTAINERS, at, "env"])],
    [".spec.template.spec.containers[1].image", [[...CONTAINERS, 1, "image"]]],
    [".spec.template.spec.containers[7].image", [[...CONTAINERS, 7, "image"]]],
    [
      ".spec.template.spec.containers[].env[]?.name",
      [0, 1].map((at) => [...CONTAINERS, 0, "env", at, "name"]),
    ],
    // The sidecar has none: jq stops there, and del(…) takes nothing out.
    [".spec.template.spec.containers[].env[].name", []],
    [".webhooks[]?.clientConfig.caBundle", [0, 1].map((at) => ["webhooks", at, "clientConfig", "caBundle"])],
    [".nothing[]?.a", []],
    ['.spec.template.spec.containers[] | select(.name == "sidecar") | .image', [[...CONTAINERS, 1, "image"]]],
    ['.spec.template.spec.containers[] | select(.name=="sidecar").image', [[...CONTAINERS, 1, "image"]]],
    ['.spec.template.spec.containers[] | select(.name == "sidecar")', [[...CONTAINERS, 1]]],
    [
      '.spec.template.spec.containers[] | select(.name == "web" or .name == "sidecar") | .image',
      [0, 1].map((at) => [...CONTAINERS, at, "image"]),
    ],
    [
      '.spec.template.spec.containers[] | select(.name == "web") | .env[] | select(.name == "B")',
      [[...CONTAINERS, 0, "env", 1]],
    ],
    [".spec.template.spec.containers[].ports[]? | select(.port == 80)", [[...CONTAINERS, 1, "ports", 0]]],
    ['.spec.template.spec.containers[] | select(.name == "none") | .image', []],
    [
      ".spec.replicas, .spec.paused",
      [
        ["spec", "replicas"],
        ["spec", "paused"],
      ],
    ],
  ])("%s", (expression, places) => {
    expect(placesOf(parseJqPaths(expression) ?? [], DEPLOYMENT)).toEqual(places);
  });

  test.each([
    "",
    ".",
    "..",
    "spec.replicas",
    ".spec.",
    ".a[1:]",
    ".a[-1]",
    '.a["\\(1)"]',
    ".a // .b",
    ".a | length",
    ".a | to_entries",
    ".a[] | select(.b)",
    '.a[] | select(.b != "x")',
    '.a[] | select(.b == "x" and .c == "y")',
    '.a[] | select(.b == "x" or .c == "y")',
    '.a[] | select(.b | test("x"))',
    ".a, .b | .c",
    ".a,",
    "del(.a)",
    "[.a]",
    "[]",
    "[0]",
    '["a"]',
    ".a | [0]",
    '.a[] | select(["b"] == "x")',
    ".a == 1e3",
    ".a[] | select(.b == 1e3)",
    '.a["\\ud800"]',
    "(.a)",
    "$ENV",
    ".a[",
    ".a]",
    '.a[] | select(.b == "x"',
    'select(.kind == "Deployment")',
    "a".repeat(10_000),
    ".a".repeat(5_000).concat("!"),
  ])("%s is more than places, and is not guessed at", (expression) => {
    expect(parseJqPaths(expression)).toBeUndefined();
  });
});
