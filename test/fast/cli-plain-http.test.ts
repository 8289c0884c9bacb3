/** A server that speaks TLS and is asked in plain HTTP, as through kubectl port-forward: found out, and said. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../../src/api/listen.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { cli } from "../lib/cli.ts";

const stops: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const STATUS = {
  version: "0.1.0",
  commit: "",
  ready: true,
  state: "ready",
  applications: { total: 0, sync: {}, health: {} },
  clusters: [],
  pauses: [],
  problems: [],
};

/** A daemon, and every token that came to it. */
function daemon(speaks: "tls" | "plain"): { port: number; tokens: string[] } {
  const tokens: string[] = [];
  const { certificate, key } = issueCertificate({
    ...{ commonName: "cd", names: ["localhost"], uses: ["server"], nowMs: Date.now(), days: 2 },
  });
  const listener = listen(
    {
      fetch: async (request: Request) => {
        tokens.push(request.headers.get("authorization") ?? "");
        return Response.json(
          request.url.endsWith("/userinfo") ? { loggedIn: true, username: "admin" } : STATUS,
        );
      },
    },
    {
      ...{ hostname: "127.0.0.1", port: 0 },
      ...(speaks === "plain"
        ? {}
        : { tls: { pem: { cert: certificate, key }, minVersion: "TLSv1.2", http2: "offered" } }),
    } as Parameters<typeof listen>[1],
  );
  stops.push(() => listener.stop());
  return { port: Number(new URL(listener.url).port), tokens };
}

const GREETING = 0x16;
/** What stands before a daemon: greetings of TLS go on to it, everything else is for `plain`. */
async function front(to: number, plain: (socket: Socket, greeted: Promise<void>) => void): Promise<number> {
  const open = new Set<Socket>();
  const greeted = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (first) => {
      if (first[0] !== GREETING) return plain(socket, greeted.promise);
      greeted.resolve();
      const on = connect(to, "127.0.0.1");
      open.add(on);
      on.on("error", () => socket.destroy());
      on.write(first);
      socket.pipe(on).pipe(socket);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  stops.push(() => {
    for (const socket of open) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-plain-"));
  stops.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
const ran = (argv: string, env: Record<string, string>) =>
  cli(argv.split(" "), { env, stdin: { text: "sesame\n" } });

describe("holdfast login localhost:PORT", () => {
  test.each([
    ["tls", "https"],
    ["plain", "http"],
  ] as const)("to a daemon that speaks %s is to %s", async (speaks, scheme) => {
    const { port, tokens } = daemon(speaks);
    const dir = home();
    const flags = speaks === "tls" ? " --insecure" : "";
    const { code, stdout } = await ran(`login localhost:${port} --token-stdin${flags}`, { HOME: dir });
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`Logged in to ${scheme}://localhost:${port}`),
    ]);
    expect(tokens).toEqual(["Bearer sesame"]);
    expect((await ran("status", { HOME: dir })).code).toBe(0);
  });

  test("without a word of trust sends no token, and says how the certificate is trusted", async () => {
    const { port, tokens } = daemon("tls");
    const { code, stderr } = await ran(`login localhost:${port} --token-stdin`, { HOME: home() });
    expect([code, tokens]).toEqual([5, []]);
    expect(stderr).toContain(`Cannot trust https://localhost:${port}`);
    expect(stderr).toContain("--fingerprint");
    expect(stderr).toContain("--insecure takes any certificate, as through kubectl port-forward.");
  });

  test("where nobody listens is as before", async () => {
    const port = await front(1, (socket) => socket.destroy());
    await stops.pop()?.();
    const { code, stderr } = await ran(`login localhost:${port} --token-stdin`, { HOME: home() });
    expect([code, stderr]).toEqual([5, expect.stringContaining("nothing listens there")]);
  });
});

describe("an address with http://", () => {
  const silent = (): void => undefined;
  const closing = (socket: Socket): void => {
    socket.destroy();
  };
  const asGo = (socket: Socket): void => {
    socket.end(
      "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
    );
  };
  test.each([
    ["says nothing", silent],
    ["closes", closing],
    ["answers 400", asGo],
  ])(
    "of a server that speaks TLS, and %s: the answer is not waited for, and the command is said",
    async (_, plain) => {
      const port = await front(daemon("tls").port, plain);
      for (const command of ["status", "whoami"]) {
        const { code, stderr } = await ran(command, {
          HOME: home(),
          HOLDFAST_SERVER: `http://localhost:${port}`,
        });
        expect([code, stderr]).toEqual([
          5,
          expect.stringContaining(`http://localhost:${port} speaks TLS, and was asked in plain HTTP.`),
        ]);
        expect(stderr).toContain(`holdfast login https://localhost:${port}`);
      }
    },
  );

  test("of one that is slow and speaks no TLS is waited for: the greeting does not end what it answers", async () => {
    // It answers once it was greeted, so that the greeting is over before the answer begins.
    const answer = JSON.stringify(STATUS);
    const port = await front(1, async (socket, greeted) => {
      await greeted;
      socket.end(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${answer.length}\r\n\r\n${answer}`,
      );
    });
    const { code, stderr } = await ran("status", {
      HOME: home(),
      HOLDFAST_SERVER: `http://localhost:${port}`,
    });
    expect([code, stderr]).toEqual([0, ""]);
  });
});
