/** A real provider of OpenID Connect (the npm package oidc-provider) on loopback, in a process of its own, and a browser for it. */
import { join } from "node:path";

export interface OidcPeer {
  issuer: string;
  port: number;
  /** What a browser does with an address of a login: logs in as this person, agrees, and comes back with this query. */
  browse(location: string, person: string): Promise<URLSearchParams>;
  /** Opens an address, with the cookies of before. */
  get(location: string): Promise<Response>;
  /** From now on it is another browser. */
  forget(): void;
  stop(): Promise<void>;
}

/** @param terms.kid the name of its key; each start makes another key */
export async function startOidcPeer(terms: {
  port?: number;
  kid: string;
  redirectUri: string;
  logoutUri: string;
}): Promise<OidcPeer> {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "oidc-peer.mjs"), JSON.stringify({ port: 0, ...terms })],
    { stdin: "ignore", stdout: "pipe", stderr: "ignore", env: { ...process.env, NODE_ENV: "test" } },
  );
  const issuer = await issuerIn(child.stdout);
  const cookies = new Map<string, string>();

  async function ask(url: string, form?: Record<string, string>): Promise<Response> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: {
        cookie,
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }

  return {
    issuer,
    port: Number(new URL(issuer).port),
    get: (location) => ask(location),
    forget: () => cookies.clear(),
    async browse(location, person) {
      let response = await ask(location);
      let at = location;
      for (let step = 0; step < 20; step++) {
        const next = response.headers.get("location");
        if (next !== null) {
          at = new URL(next, at).href;
          if (at.startsWith(terms.redirectUri)) return new URL(at).searchParams;
          response = await ask(at);
          continue;
        }
        const page = await response.text();
        const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
        if (prompt === undefined)
          throw new Error(`no form at ${at} (HTTP ${response.status}): ${page.slice(0, 300)}`);
        response = await ask(at, { prompt, login: person, password: "any" });
      }
      throw new Error(`${location} leads nowhere`);
    },
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

async function issuerIn(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of stdout) {
    text += decoder.decode(part, { stream: true });
    for (const line of text.split("\n").slice(0, -1)) {
      if (line.startsWith('{"issuer"')) return (JSON.parse(line) as { issuer: string }).issuer;
    }
  }
  throw new Error(`the provider did not start: ${text.slice(0, 300)}`);
}
