/** Where image updates go: signed commits, a branch with a pull request, the Application itself. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ImagesStage,
  INTO_KUSTOMIZATION,
  kustomized,
  pushImage,
  runs,
  startImagesStage,
} from "../lib/images-stage.ts";
import { startRegistry, type TestRegistry } from "../lib/registry.ts";

const DAY = "2026-11-01T00:00:00Z";
const PULL = { "holdfast.dev/image-pull-request": "true", "git-branch": "main:images-{{.AppName}}" };

interface OpenPull {
  head: { ref: string };
  base: { ref: string };
  title: string;
  body: string;
  html_url: string;
}

let registry: TestRegistry, stage: ImagesStage, keys: string;
/** A Git server with the API of a provider beside it, known by its host's name. */
let front: ReturnType<typeof Bun.serve>;
let behind = "";
const pulls: OpenPull[] = [];
const apiCalls: { method: string; authorization: string | null }[] = [];
let apiAnswer: (() => Response) | undefined;

async function answer(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (!pathname.startsWith("/api/v1/")) {
    const headers = new Headers(request.headers);
    headers.delete("host");
    return fetch(`${behind}${pathname.replace("/team/", "/")}${search}`, {
      method: request.method,
      headers,
      redirect: "manual",
      ...(request.method === "POST" ? { body: await request.arrayBuffer() } : {}),
    });
  }
  apiCalls.push({ method: request.method, authorization: request.headers.get("authorization") });
  const other = apiAnswer?.();
  if (other !== undefined) return other;
  if (request.method === "GET") return Response.json(pulls);
  const { head, base, title, body } = (await request.json()) as Record<string, string>;
  const pull: OpenPull = {
    head: { ref: head ?? "" },
    base: { ref: base ?? "" },
    ...{ title: title ?? "", body: body ?? "" },
    html_url: `http://gitea.localhost/shop/pulls/${pulls.length + 1}`,
  };
  pulls.push(pull);
  return Response.json(pull, { status: 201 });
}

const app = (name: string, more: Record<string, string> = {}) => ({
  files: kustomized(`${registry.host}/${name}`, "1.0.0"),
  annotations: { "image-list": `web=${registry.host}/${name}`, ...INTO_KUSTOMIZATION, ...more },
});

beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), "holdfast-signing-"));
  Bun.spawnSync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bot", "-f", join(keys, "id")]);
  const known = readFileSync(join(keys, "id.pub"), "utf8");
  writeFileSync(join(keys, "allowed"), `bot@example.com namespaces="git" ${known}`);
  registry = await startRegistry();
  for (const name of ["team/web", "team/pulled", "team/direct"])
    for (const tag of ["1.0.0", "1.0.1"]) await pushImage(registry, name, tag, DAY);
  front = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: answer });
  stage = await startImagesStage({
    apps: {
      signed: app("team/web"),
      pulled: app("team/pulled", PULL),
      filed: app("team/direct", { "write-back-method": "argocd" }),
    },
    images: `authorName: Bot, authorEmail: bot@example.com, signingKey: ${join(keys, "id")}, message: "chore(images): {{changes}} of {{apps}} ({{count}})"`,
    repositories: [`{ url: "oci://${registry.host}", type: oci, plainHttp: true }`],
    urlOf(git) {
      behind = git.url;
      return `http://gitea.localhost:${front.port}/team/shop.git`;
    },
    access: "bearerToken: a-token",
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await front?.stop(true);
  await registry?.stop();
  rmSync(keys, { recursive: true, force: true });
});

const verified = async (revision: string): Promise<number> => {
  const child = Bun.spawn(
    [
      ...["git", "-C", stage.git.pathOf("shop"), "-c", "gpg.format=ssh"],
      ...["-c", `gpg.ssh.allowedSignersFile=${join(keys, "allowed")}`, "verify-commit", revision],
    ],
    { stdout: "ignore", stderr: "ignore" },
  );
  return child.exited;
};

describe("image updates", () => {
  test("a commit is signed by the key of the config, in its author's name and words", async () => {
    await stage.update({ apps: ["argocd/signed"] });
    expect(await stage.git.git("shop", "log", "-1", "--format=%an <%ae>%n%s", "main")).toBe(
      `Bot <bot@example.com>\nchore(images): ${registry.host}/team/web 1.0.0 → 1.0.1 of argocd/signed (1)`,
    );
    expect([await verified("main"), await verified("main^")]).toEqual([0, 1]);
    await stage.daemon.until("signed", runs(/team\/web:1\.0\.1$/));
  }, 60_000);

  test("a provider that cannot be asked is said, and the pushed branch gets its request with the next look", async () => {
    apiAnswer = () => Response.json({ message: "maintenance" }, { status: 503 });
    const { writes } = await stage.update({ apps: ["argocd/pulled"] });
    expect(writes).toMatchObject([{ is: "written", branch: "images-pulled" }]);
    expect(writes[0]?.pullRequest).toBeUndefined();
    expect((await stage.images("pulled")).problems.join()).toContain("open a pull request");
    const pushed = await stage.tip("images-pulled");
    apiAnswer = undefined;
    await stage.update({ apps: ["argocd/pulled"] });
    expect(await stage.tip("images-pulled")).toBe(pushed);
    expect(pulls).toMatchObject([{ head: { ref: "images-pulled" }, base: { ref: "main" } }]);
    expect((await stage.images("pulled")).problems).toEqual([]);
    expect((await stage.images("pulled")).last?.pullRequest).toBe("http://gitea.localhost/shop/pulls/1");
  }, 60_000);

  test("it says what changed, is opened once, and grows by what comes later", async () => {
    expect(pulls[0]?.title).toContain(`${registry.host}/team/pulled 1.0.0 → 1.0.1`);
    expect(pulls[0]?.body).toContain("argocd/pulled");
    for (const { authorization } of apiCalls) expect(authorization).toBe("token a-token");
    await pushImage(registry, "team/pulled", "1.0.2", DAY);
    const { writes } = await stage.update({ apps: ["argocd/pulled"] });
    expect(writes).toMatchObject([{ is: "written", pullRequest: "http://gitea.localhost/shop/pulls/1" }]);
    expect(pulls.length).toBe(1);
    expect(await stage.fileAt("pulled/kustomization.yaml", "images-pulled")).toContain('"1.0.2"');
    expect(await stage.fileAt("pulled/kustomization.yaml")).toContain('"1.0.0"');
    await stage.update({ apps: ["argocd/pulled"] });
    expect(pulls.length).toBe(1);
  }, 60_000);

  test("what is merged is delivered, and the next update begins a request of its own", async () => {
    const clone = join(stage.dir, "merging");
    const run = (...argv: string[]): void => {
      const ran = Bun.spawnSync(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", ...argv]);
      if (ran.exitCode !== 0) throw new Error(ran.stderr.toString());
    };
    run("clone", "-q", stage.git.pathOf("shop"), clone);
    run("-C", clone, "merge", "-q", "--no-ff", "-m", "merge", "origin/images-pulled");
    run("-C", clone, "push", "-q", "origin", "HEAD:main", ":images-pulled");
    pulls.length = 0;
    await stage.daemon.ask("GET", "/api/v1/applications/pulled?refresh=normal");
    await stage.daemon.until("pulled", runs(/team\/pulled:1\.0\.2$/));
    expect((await stage.update({ apps: ["argocd/pulled"] })).writes).toEqual([]);
    expect(pulls).toEqual([]);
    await pushImage(registry, "team/pulled", "1.0.3", DAY);
    expect((await stage.update({ apps: ["argocd/pulled"] })).writes).toMatchObject([{ is: "written" }]);
    expect(pulls).toMatchObject([{ head: { ref: "images-pulled" }, base: { ref: "main" } }]);
  }, 60_000);

  test("the Application itself is written where it lives in the store, and one of a file says where it is written", async () => {
    const before = await stage.tip();
    const manifest = (await stage.daemon.ask("GET", "/api/v1/applications/filed")).json;
    const made = await stage.daemon.ask("POST", "/api/v1/applications", {
      metadata: { name: "direct", namespace: "argocd", annotations: manifest.metadata.annotations },
      spec: { ...manifest.spec, destination: { ...manifest.spec.destination, namespace: "direct" } },
    });
    expect([made.status, made.text.slice(0, 200)]).toEqual([200, expect.anything()]);
    await stage.daemon.until("direct", runs(/team\/direct:1\.0\.0$/));
    const { writes } = await stage.update({ apps: ["argocd/direct", "argocd/filed"] });
    expect(writes).toMatchObject([
      { apps: ["argocd/direct"], is: "written" },
      { apps: ["argocd/filed"], is: "failed" },
    ]);
    expect((await stage.images("filed")).problems.join()).toContain("it is written in");
    const app = await stage.daemon.until("direct", runs(/team\/direct:1\.0\.1$/));
    expect(app.spec.source.kustomize.images).toEqual([`team/web=${registry.host}/team/direct:1.0.1`]);
    expect((await stage.update({ apps: ["argocd/direct"] })).writes).toEqual([]);
    expect(await stage.tip()).toBe(before);
  }, 60_000);
});
