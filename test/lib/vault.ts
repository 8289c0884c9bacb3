/** HashiCorp's Vault itself, in memory, with both key-value engines and AppRole, and a client for what tests put there. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { controlPlaneBinaries } from "./control-plane.ts";
import { eventually } from "./eventually.ts";

export interface Vault {
  address: string;
  root: string;
  /** As root. @throws where it is refused */
  write(path: string, body: unknown): Promise<Record<string, unknown>>;
  /** A login that may do what the policy says. */
  role(policy: string, ttl?: string): Promise<{ roleId: string; secretId: string }>;
  /** Answers nobody until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export async function startVault(): Promise<Vault> {
  const program = join(controlPlaneBinaries(), "vault");
  if (!existsSync(program)) throw new Error(`there is no ${program}: run test/controlplane/build.sh`);
  const port = freePort();
  const address = `http://127.0.0.1:${port}`;
  const child = Bun.spawn([program, `127.0.0.1:${port}`], { env: {}, stdout: "pipe", stderr: "ignore" });
  const reader = child.stdout.getReader();
  const root = new TextDecoder().decode((await reader.read()).value).trim();
  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { "X-Vault-Token": root },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const write = (path: string, body: unknown) => call("POST", path, body);
  try {
    await eventually("Vault answers", async () =>
      fetch(`${address}/v1/sys/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    await write("sys/mounts/secret", { type: "kv", options: { version: "2" } });
    await write("sys/mounts/old", { type: "kv", options: { version: "1" } });
    await write("sys/auth/approle", { type: "approle" });
    await eventually("the engine is ready", async () =>
      write("secret/data/ready", { data: { a: "b" } }).then(
        () => true,
        () => false,
      ),
    );
  } catch (cause) {
    child.kill("SIGKILL");
    throw cause;
  }
  let roles = 0;
  return {
    address,
    root,
    write,
    async role(policy, ttl = "1h") {
      const name = `role-${++roles}`;
      await call("PUT", `sys/policies/acl/${name}`, { policy });
      await write(`auth/approle/role/${name}`, { token_policies: [name], token_ttl: ttl });
      const id = (await call("GET", `auth/approle/role/${name}/role-id`))["data"] as { role_id: string };
      const secret = (await write(`auth/approle/role/${name}/secret-id`, {}))["data"] as {
        secret_id: string;
      };
      return { roleId: id.role_id, secretId: secret.secret_id };
    },
    async pause() {
      child.kill("SIGSTOP");
    },
    async resume() {
      child.kill("SIGCONT");
    },
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Nobody else takes it in the moment until it is listened on. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
