/** Hostile Helm sources: the checks refuse each before helm starts, or helm reads nothing but the export. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HelmSource } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { CANARY, GOOD_NAMES, hostileCharts, OUTSIDE, REFUSED_WORDS } from "../lib/hostile-charts.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

const elsewhere = mkdtempSync(join(tmpdir(), "holdfast-outside-"));
const outside = join(elsewhere, "secret.json");
writeFileSync(outside, OUTSIDE);
afterAll(() => rmSync(elsewhere, { recursive: true }));
const rows = hostileCharts(outside);
const plain = rows[0]?.files ?? {};

const toolSets = await npmToolSets();

describe.each(toolSets)("with $name, the checks", (tools) => {
  let host: RenderHost;
  beforeAll(async () => {
    host = await renderHost(tools);
  });
  afterAll(() => host.remove());

  async function outcomeOf(files: Record<string, string | Uint8Array>, helm: HelmSource): Promise<string> {
    const repository = sourceFolder(files);
    host.ran.length = 0;
    const outcome = await host.renderers
      .render(askFor(applicationOf({ path: "chart", helm }), await repository.tree()))
      .then(
        ({ documents }) => JSON.stringify(documents),
        (cause: unknown) => cause,
      );
    repository.dispose();
    const text = outcome instanceof Failure ? outcome.message : String(outcome);
    expect(text).not.toContain(CANARY);
    return text;
  }

  // Those of the first set are in hostile-content.test.ts.
  test.each(tools === toolSets[0] ? [] : rows)("hold $name", async ({ helm, files, says }) => {
    const outcome = await outcomeOf(files, helm);
    expect(outcome).toContain(says === "harmless" ? "ConfigMap" : says);
    expect(host.ran).toEqual(says === "harmless" ? ["helm"] : []);
  });

  test.each(REFUSED_WORDS)("refuse $helm", async ({ helm, says }) => {
    expect(await outcomeOf({ ...plain, "chart/a\nb.yaml": "a: 1\n", "chart/a\rb": "a" }, helm)).toContain(
      says,
    );
    expect(host.ran).toEqual([]);
  });

  test.each(GOOD_NAMES)("let a value be named %j", async (name) => {
    const helm = {
      parameters: [{ name, value: "set" }],
      fileParameters: [{ name: `f.${name}`, path: "v.txt" }],
    };
    expect(await outcomeOf(plain, helm)).toContain("set");
  });

  test("let a schema refer to itself and to the dialects", async () => {
    const schema = {
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: "https://example.com/values.schema.json",
      definitions: { number: { type: "integer" } },
      properties: { a: { $ref: "#/definitions/number" }, $ref: { type: "string" } },
    };
    const files = { ...plain, "chart/values.schema.json": JSON.stringify(schema) };
    expect(await outcomeOf(files, {})).toContain("ConfigMap");
    expect(await outcomeOf(files, { parameters: [{ name: "a", value: "text" }] })).toContain("helm says");
  });

  test("open no schema where none is asked for", async () => {
    const files = { ...plain, "chart/values.schema.json": JSON.stringify({ $ref: `file://${outside}` }) };
    expect(await outcomeOf(files, { skipSchemaValidation: true })).toContain("ConfigMap");
  });

  test("see that a link leads to another schema than before", async () => {
    const repository = sourceFolder({ ...plain, "schema.json": "{}" });
    repository.link("chart/values.schema.json", "../schema.json");
    const render = async (): Promise<string> =>
      host.renderers.render(askFor(applicationOf({ path: "chart", helm: {} }), await repository.tree())).then(
        () => "rendered",
        (cause: unknown) => String(cause),
      );
    expect(await render()).toBe("rendered");
    repository.write({ "schema.json": JSON.stringify({ $ref: `file://${outside}` }) });
    expect(await render()).toContain("nothing else is opened for it");
    repository.dispose();
  });
});
