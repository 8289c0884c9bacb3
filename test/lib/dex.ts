/** Dex itself, in memory on loopback, and a browser for it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { controlPlaneBinaries } from "./control-plane.ts";

export interface DexTerms {
  connectors: readonly { id: string; type: string; name: string; config: unknown }[];
  clients: readonly { id: string; secret?: string; redirectURIs: readonly string[]; public?: boolean }[];
  idTokenSeconds: number;
  keyRotateSeconds: number;
}

export interface Dex {
  issuer: string;
  /** Logs in and agrees. @returns the query with which the browser comes back to the client, or the page where it stays */
  browse(location: string, login: string, password: string): Promise<URLSearchParams | string>;
  stop(): Promise<void>;
}

export async function startDex(terms: DexTerms): Promise<Dex> {
  const program = join(controlPlaneBinaries(), "dex");
  if (!existsSync(program)) throw new Error(`there is no ${program}: run test/controlplane/build.sh`);
  const child = Bun.spawn([program], { env: {}, stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  child.stdin.write(`${JSON.stringify(terms)}\n`);
  await child.stdin.flush();
  const { value } = await child.stdout.getReader().read();
  if (value === undefined) throw new Error(`dex did not start: ${await new Response(child.stderr).text()}`);
  const issuer = new TextDecoder().decode(value).trim();
  return {
    issuer,
    browse: (location, login, password) => browse(issuer, location, { login, password }),
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

async function browse(
  issuer: string,
  location: string,
  person: Record<string, string>,
): Promise<URLSearchParams | string> {
  let at = location;
  let response = await fetch(at, { redirect: "manual" });
  for (let step = 0; step < 20; step++) {
    const next = response.headers.get("location");
    if (next !== null) {
      at = new URL(next, at).href;
      if (!at.startsWith(issuer)) return new URL(at).searchParams;
      response = await fetch(at, { redirect: "manual" });
      continue;
    }
    const page = await response.text();
    const req = /name="req" value="(\w+)"/.exec(page)?.[1];
    const isLogin = page.includes('name="password"');
    // Asked a second time, the first answer was refused.
    if (response.status !== 200 || (req === undefined && !isLogin) || page.includes("Invalid")) return page;
    response = await fetch(at, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams(isLogin ? person : { req: req ?? "", approval: "approve" }),
    });
  }
  throw new Error(`${location} leads nowhere`);
}
