/**
 * A daemon on a sandbox cluster, and scripts around `argocd` as people have them: bash, run against the program from its
 * sources, called by that name. In front of the daemon stands what it does not serve itself: sessions, accounts,
 * repositories and logs, in Argo CD's documented shapes.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../src/config/load-config.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { freePort } from "./daemon.ts";
import { type SetsDaemon, startSetsDaemon } from "./sets-daemon.ts";

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");
const TOKEN = "sesame-open";
export const PASSWORD = "correct horse";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ArgocdStage {
  daemon: SetsDaemon;
  token: string;
  /** `127.0.0.1:port`, as scripts write it. */
  address: string;
  /** A home of its own for each. @param env more of the environment */
  script(text: string, env?: Record<string, string>): Promise<Ran>;
  /** A request to the daemon as its administrator. */
  api(path: string): Promise<any>;
  /** What was asked of the stand-in: `POST /api/v1/session`. */
  asked: string[];
  stop(): Promise<void>;
}

export async function startArgocdStage(): Promise<ArgocdStage> {
  const port = await freePort();
  const daemon = await startSetsDaemon(
    {
      server: {
        ...defaultConfig("/").server,
        listen: { hostname: "127.0.0.1", port },
        token: new Secret(TOKEN),
      },
      // What a script does not ask for is not found out by itself.
      poll: { everyMs: 3_600_000 },
    },
    { tools: "npm" },
  );
  const asked: string[] = [];
  const front = standIn(`http://127.0.0.1:${port}`, asked);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-argocd-"));
  mkdirSync(join(dir, "bin"));
  const program = join(dir, "bin", "argocd");
  writeFileSync(program, `#!/usr/bin/env bash\nexec -a argocd '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(program, 0o755);
  const address = `127.0.0.1:${front.port}`;
  let homes = 0;
  return {
    daemon,
    token: TOKEN,
    address,
    asked,
    async script(text, env = {}) {
      const home = join(dir, `home-${homes++}`);
      mkdirSync(home);
      const child = Bun.spawn(["bash", "-c", `set -euo pipefail\n${text}`], {
        env: {
          PATH: `${join(dir, "bin")}:/usr/local/bin:/usr/bin:/bin`,
          HOME: home,
          LANG: "C.UTF-8",
          SERVER: address,
          ADMIN_PASSWORD: PASSWORD,
          ...env,
        },
        cwd: home,
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      return { code, stdout, stderr };
    },
    async api(path) {
      const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      return reply.json();
    },
    async stop() {
      await front.stop(true);
      await daemon.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function standIn(upstream: string, asked: string[]): Bun.Server<undefined> {
  const repositories = new Map<string, Record<string, unknown>>();
  const bearer = (request: Request): boolean => request.headers.get("authorization") === `Bearer ${TOKEN}`;
  const refusal = (status: number, code: number, message: string): Response =>
    Response.json({ error: message, code, message }, { status });
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const { method } = request;
      const own =
        /^\/api\/v1\/(session|account|repositories)(\/|$)/.test(pathname) || pathname.endsWith("/logs");
      if (!own) {
        const headers = new Headers(request.headers);
        headers.delete("host");
        return fetch(`${upstream}${pathname}${search}`, {
          method,
          headers,
          signal: request.signal,
          redirect: "manual",
          ...(method === "GET" ? {} : { body: await request.text() }),
        });
      }
      asked.push(`${method} ${pathname}${search}`);
      if (pathname === "/api/v1/session" && method === "POST") {
        const { username, password } = (await request.json()) as Record<string, string>;
        return username === "admin" && password === PASSWORD
          ? Response.json({ token: TOKEN })
          : refusal(401, 16, "Invalid username or password");
      }
      if (!bearer(request)) return refusal(401, 16, "no session information");
      if (pathname === "/api/v1/session") return Response.json({});
      if (pathname === "/api/v1/session/userinfo")
        return Response.json({ loggedIn: true, username: "admin", iss: "argocd", groups: ["ops"] });
      if (pathname === "/api/v1/account" && method === "GET")
        return Response.json({
          items: [
            { name: "admin", enabled: true, capabilities: ["login"] },
            { name: "ci", enabled: true, capabilities: ["apiKey"] },
          ],
        });
      if (pathname.startsWith("/api/v1/account/can-i/"))
        return Response.json({ value: pathname.includes("/delete/") ? "no" : "yes" });
      if (pathname === "/api/v1/account/ci/token" && method === "POST")
        return Response.json({ token: TOKEN });
      if (pathname === "/api/v1/repositories" && method === "GET")
        return Response.json({ items: [...repositories.values()] });
      if (pathname === "/api/v1/repositories" && method === "POST") {
        const { password: _, ...repository } = (await request.json()) as Record<string, string>;
        const shown = { ...repository, connectionState: { status: "Successful", message: "" } };
        repositories.set(repository["repo"] ?? "", shown);
        return Response.json(shown);
      }
      if (pathname.startsWith("/api/v1/repositories/") && method === "DELETE")
        return repositories.delete(decodeURIComponent(pathname.split("/")[4] ?? ""))
          ? Response.json({})
          : refusal(404, 5, "repository not found");
      if (pathname.endsWith("/logs"))
        return new Response(
          [
            '{"result":{"content":"listening","podName":"web-1"}}',
            '{"result":{"content":"","last":true}}',
            "",
          ].join("\n"),
        );
      return refusal(404, 5, "there is nothing at this path");
    },
  });
}
