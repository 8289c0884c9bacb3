import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { AppKey } from "../core/model/application.ts";
import type { Filled, ParameterSet } from "../core/ports/template-engine.ts";
import { branchName, commitMessage } from "./commit-words.ts";
import type { ImageEdit } from "./image-edit.ts";
import type { ImageSettings } from "./images-ports.ts";

function edit(app: string, from: string, to: string): ImageEdit {
  return {
    ...{ app: `argocd/${app}` as AppKey, from, to, change: `ghcr.io/team/web ${from} → ${to}` },
    wanted: { alias: "web", image: { name: "ghcr.io/team/web" } },
    place: { at: "", access: {}, base: "main", pullRequest: "none" },
  } as unknown as ImageEdit;
}

/** An engine that answers with this, whatever it is asked. */
function stand(filled: Filled, settings: Partial<ImageSettings> = {}) {
  const asked: { template: string; values: ParameterSet }[] = [];
  const log = recordingLog();
  return {
    asked,
    log,
    ports: {
      log,
      settings: () => ({
        ...{ registries: [], author: { name: "Ana", email: "ana@example.com" }, signingKey: "" },
        ...{ message: "", messageTemplate: "", signOff: false },
        ...settings,
      }),
      fill: async (template: string, values: ParameterSet) => {
        asked.push({ template, values });
        return filled;
      },
    },
  };
}
const UNUSED: Filled = { is: "wrong", why: "nobody asks" };
const text = (filled: string): Filled => ({ is: "filled", text: filled });
const EDITS = [edit("shop", "1.0.0", "1.1.0"), edit("blog", "1.0.0", "1.1.0")];

describe("commitMessage()", () => {
  test("says in our own words, or in the operator's first line, what changes where", async () => {
    const lines =
      "- argocd/shop: ghcr.io/team/web 1.0.0 → 1.1.0\n- argocd/blog: ghcr.io/team/web 1.0.0 → 1.1.0\n";
    expect(await commitMessage(EDITS, stand(UNUSED).ports)).toBe(
      `Update ghcr.io/team/web 1.0.0 → 1.1.0\n\n${lines}`,
    );
    const other = [...EDITS, edit("docs", "1.0.0", "2.0.0")];
    expect(await commitMessage(other, stand(UNUSED).ports)).toStartWith(
      "Update 2 images of 3 applications\n",
    );
    const message = "up {{count}} of {{apps}}: {{changes}}";
    expect(await commitMessage(EDITS, stand(UNUSED, { message }).ports)).toBe(
      `up 1 of argocd/shop, argocd/blog: ghcr.io/team/web 1.0.0 → 1.1.0\n\n${lines}`,
    );
    expect(await commitMessage(other, stand(UNUSED, { message }).ports)).toStartWith("up 2 of ");
  });

  test("names no more than people read", async () => {
    const many = Array.from({ length: 60 }, (_, at) => edit(`app-${at}`, "1.0.0", "1.1.0"));
    const lines = (await commitMessage(many, stand(UNUSED).ports)).split("\n");
    expect(lines.filter((line) => line.startsWith("- argocd/"))).toHaveLength(50);
    expect(lines.at(-2)).toBe("- and 10 more");
  });

  test("is what a template makes of it, indented as it is, signed off where that is asked for", async () => {
    const { ports, asked } = stand(text("build: up\n\n- a\n  - b\n\n"), {
      ...{ messageTemplate: "a template", message: "not this", signOff: true },
    });
    expect(await commitMessage(EDITS, ports)).toBe(
      "build: up\n\n- a\n  - b\n\nSigned-off-by: Ana <ana@example.com>\n",
    );
    const change = { Image: "ghcr.io/team/web", OldTag: "1.0.0", NewTag: "1.1.0", Labels: {} };
    expect(asked).toEqual([
      { template: "a template", values: { AppName: "shop, blog", AppChanges: [change, change] } },
    ]);
  });

  test.each<[string, Filled, object]>([
    ["wrong", { is: "wrong", why: "no such field", line: 3 }, { why: "no such field", line: 3 }],
    ["empty", text(" \n\n"), { why: "it gives an empty text" }],
  ])("is ours where the template is %s, which the log says", async (_, filled, why) => {
    const { ports, log } = stand(filled, { messageTemplate: "x" });
    expect(await commitMessage(EDITS, ports)).toStartWith("Update ghcr.io/team/web");
    expect(log.lines).toMatchObject([
      { message: "the template of commit messages cannot be used", fields: why },
    ]);
  });

  test("asks no template of nothing, has no control character, and an end", async () => {
    const none = stand(text("x"), { messageTemplate: "{{ index .AppChanges 0 }}" });
    await commitMessage([], none.ports);
    expect([none.asked, none.log.lines]).toEqual([[], []]);
    const { ports } = stand(text(`a\u001b[31m\rb\n${"c\n".repeat(100_000)}`), { messageTemplate: "x" });
    const message = await commitMessage(EDITS, ports);
    expect(message).toStartWith("a [31m b\n");
    expect(message.length).toBeLessThan(61_000);
  });
});

describe("branchName()", () => {
  test("asks the engine only where it must, with what Image Updater gives", async () => {
    const plain = stand(UNUSED);
    expect(await branchName("images-{{ .AppName }}-{{.AppNamespace}}", EDITS, plain.ports)).toBe(
      "images-shop-blog-argocd",
    );
    expect(plain.asked).toEqual([]);
    const { ports, asked } = stand(text("images-1.1.0"));
    expect(await branchName("images{{range .Images}}-{{.NewTag}}{{end}}", EDITS, ports)).toBe("images-1.1.0");
    const image = { Name: "ghcr.io/team/web", Alias: "web", OldTag: "1.0.0", NewTag: "1.1.0" };
    expect(asked[0]?.values).toMatchObject({ AppName: "shop-blog", Images: [image, image] });
  });

  test("is the same for the same changes in whatever order, and another for others", async () => {
    const { ports } = stand(UNUSED);
    const name = (edits: ImageEdit[]) => branchName("{{.TargetKey}}-{{.SHA256}}", edits, ports);
    const one = await name(EDITS);
    expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{64}$/);
    expect(await name(EDITS.toReversed())).toBe(one);
    expect(await name([edit("shop", "1.0.0", "1.2.0")])).not.toBe(one);
  });

  test("is as long as Git takes it, and what is wrong is said", async () => {
    expect(await branchName("{{x}}", EDITS, stand(text("b".repeat(300))).ports)).toHaveLength(255);
    expect(
      await endingOf(branchName("{{x}}", EDITS, stand({ is: "wrong", why: "no such x" }).ports)),
    ).toThrow("no such x");
    for (const name of ["a..b", "-a", "a b", "", "a.lock", "/a"])
      expect(await endingOf(branchName("{{x}}", EDITS, stand(text(name)).ports))).toThrow(
        "no name of a branch",
      );
  });
});
