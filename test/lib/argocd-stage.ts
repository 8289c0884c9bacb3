/**
 * A daemon with accounts on a sandbox cluster, and scripts around `argocd` as people have them: bash, run against the program
 * from its sources, called by that name.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../src/config/load-config.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { freePort } from "./daemon.ts";
import { type SetsDaemon, startSetsDaemon } from "./sets-daemon.ts";

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");
const TOKEN = "sesame-open";
export const PASSWORD = "correct horse";
const HASH = new Secret(await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 }));
/** ann delivers what is in the project team, ci too and the application robot, and admin does everything. */
const POLICY = `p, role:dev, applications, *, team/*, allow
p, role:dev, logs, get, team/*, allow
p, role:dev, projects, get, team, allow
p, ci, applications, *, default/robot, allow
p, ci, logs, get, default/robot, allow
g, ann, role:dev
g, ci, role:dev`;

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ArgocdStage {
  daemon: SetsDaemon;
  /** Of an administrator, whom the config names. */
  token: string;
  /** `127.0.0.1:port`, as scripts write it. */
  address: string;
  /** A file with the PEM of the certificate that a daemon with TLS shows. */
  certificate: string;
  /** A home of its own for each. @param env more of the environment */
  script(text: string, env?: Record<string, string>): Promise<Ran>;
  /** A request to the daemon as its administrator. */
  api(path: string): Promise<any>;
  stop(): Promise<void>;
}

export async function startArgocdStage(speaks: "http" | "tls" = "http"): Promise<ArgocdStage> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "holdfast-argocd-"));
  const certificate = join(dir, "tls.crt");
  const shown = issueCertificate({
    ...{ commonName: "cd", names: ["localhost", Uint8Array.of(127, 0, 0, 1)], uses: ["server"] },
    ...{ nowMs: Date.now(), days: 2 },
  });
  writeFileSync(certificate, shown.certificate);
  writeFileSync(join(dir, "tls.key"), shown.key, { mode: 0o600 });
  const { server, rbac } = defaultConfig("/");
  const daemon = await startSetsDaemon(
    {
      server: {
        ...server,
        listen: { hostname: "127.0.0.1", port },
        token: new Secret(TOKEN),
        ...(speaks === "http"
          ? {}
          : {
              url: `https://127.0.0.1:${port}`,
              tls: {
                ...server.tls,
                certificate: { by: "files", certFile: certificate, keyFile: join(dir, "tls.key") },
              },
            }),
      },
      accounts: [
        { name: "admin", may: ["login", "apiKey"], enabled: "yes", passwordHash: HASH },
        { name: "ann", may: ["login", "apiKey"], enabled: "yes", passwordHash: HASH },
        { name: "ci", may: ["apiKey"], enabled: "yes" },
      ],
      rbac: { ...rbac, lines: parsePolicy(POLICY, "the config").lines },
      // What a script does not ask for is not found out by itself.
      poll: { everyMs: 3_600_000 },
    },
    { tools: "npm" },
  );
  mkdirSync(join(dir, "bin"));
  const program = join(dir, "bin", "argocd");
  writeFileSync(program, `#!/usr/bin/env bash\nexec -a argocd '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(program, 0o755);
  const address = `127.0.0.1:${port}`;
  let homes = 0;
  return {
    daemon,
    token: TOKEN,
    address,
    certificate,
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
      const scheme = speaks === "tls" ? "https" : "http";
      const reply = await fetch(`${scheme}://127.0.0.1:${port}${path}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(speaks === "tls" ? { tls: { ca: shown.certificate } } : {}),
      });
      return reply.json();
    },
    async stop() {
      await daemon.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
