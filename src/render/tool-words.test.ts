import { describe, expect, test } from "bun:test";
import { toolWords } from "./tool-words.ts";

const names = new Map([["/tmp/run-1/source-0", ""]]);
const warnings =
  'coalesce.go:289: warning: destination for "x" is a table. Ignoring non-table value\n'.repeat(80);

describe("toolWords()", () => {
  const cases: { name: string; stderr: string; want: string }[] = [
    {
      name: "is one line, without the tool's first word and the last dot",
      stderr: "Error: bad\n  value.\n",
      want: "bad value",
    },
    {
      name: "names places as a person knows them",
      stderr: "Error: /tmp/run-1/source-0/a.yaml in /tmp/run-1/source-0 again",
      want: "a.yaml in . again",
    },
    {
      name: "keeps warnings that have room",
      stderr: "# Warning: old\nError: bad\n",
      want: "# Warning: old Error: bad",
    },
    {
      name: "lets warnings go before the reason, whatever their length",
      stderr: `${warnings}Error: values don't meet the specifications:\n- replicas: Invalid type\n`,
      want: "values don't meet the specifications: - replicas: Invalid type",
    },
    {
      name: "takes the last reason where the first one is a warning's",
      stderr: `error: not now\n${warnings}error: no matches for Id Deployment\n`,
      want: "error: no matches for Id Deployment",
    },
    {
      name: "takes out what would steer a terminal or turn a line round",
      stderr: "Error: a\u001b[31mred\u001b]0;title\u0007 \u202egnorw\u2066\n",
      want: "a[31mred]0;title gnorw",
    },
    {
      name: "leaves out a flag that helm advises, and nobody has here",
      stderr:
        "Error: YAML parse error on shop/templates/web.yaml: error converting YAML to JSON: yaml: line 5: mapping values are not allowed in this context\n\nUse --debug flag to render out invalid YAML\n",
      want: "YAML parse error on shop/templates/web.yaml: error converting YAML to JSON: yaml: line 5: mapping values are not allowed in this context",
    },
    { name: "says nothing of nothing", stderr: " \n", want: "" },
  ];
  test.each(cases)("$name", ({ stderr, want }) => {
    expect(toolWords(stderr, names)).toBe(want);
  });

  test("leaves out how kustomize called helm", () => {
    const said =
      "Error: Error: execution error at (a/b.yaml:1:3): enough\n\n: unable to run: '/run/1-programs/helm template --generate-name /run/1/a -f /run/1/it's' with env=[HELM_CONFIG_HOME=/run/1/helm HELM_DATA_HOME=/run/1/helm/.data] (is '/run/1-programs/helm' installed?): exit status 1\n";
    expect(toolWords(said, new Map())).toBe("execution error at (a/b.yaml:1:3): enough");
  });

  test("of a reason that is too long it keeps both ends: the last error is the cause", () => {
    const chain = "accumulating resources from 'base': ".repeat(100);
    const words = toolWords(`${warnings}Error: ${chain}no such file\n`, names);
    expect(words).toStartWith("accumulating resources from");
    expect(words).toEndWith("no such file");
    expect(words.length).toBeLessThan(2_010);
  });

  test("of words without a reason it keeps the last ones", () => {
    expect(toolWords(`${warnings}and then it died`, names)).toEndWith(" and then it died");
  });
});
