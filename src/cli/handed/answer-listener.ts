/** Where a browser of this machine brings the answer to a login. Source: RFC 8252, 7.3 and 8.3. */
import { timingSafeEqual } from "node:crypto";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

export type Answer =
  | { is: "allowed"; code: string }
  /** On the daemon's page, or where somebody was to sign in first. */
  | { is: "refused"; at: "daemon" | "provider" };

/**
 * Listens on loopback until the answer came, once. Whatever has not the state that only the page was given is answered
 * with nothing, and waited on: any page may have a browser ask here.
 */
export class AnswerListener implements AsyncDisposable {
  readonly #server: Bun.Server<undefined>;
  readonly #answered = Promise.withResolvers<Answer>();

  /** @param port default: any that is free */
  constructor(
    private readonly state: string,
    port = 0,
  ) {
    try {
      this.#server = Bun.serve({
        ...{ hostname: "127.0.0.1", port },
        fetch: (request) => this.#take(request),
        error: () => new Response(null, { status: 500 }),
      });
    } catch (cause) {
      throw new CliError(EXIT.usage, `Nothing can listen on 127.0.0.1:${port}.`, ["Take another port."], {
        cause,
      });
    }
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  /** @throws what the signal was aborted with */
  async answer(signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const stop = Promise.withResolvers<never>();
    const abort = (): void => stop.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([this.#answered.promise, stop.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was answered last is on its way to the browser.
    await this.#server.stop();
  }

  #take(request: Request): Response {
    const url = new URL(request.url);
    // By its address alone: a name that leads here is somebody else's page.
    const isHere = request.headers.get("host") === `127.0.0.1:${this.port}`;
    if (!isHere || request.method !== "GET" || url.pathname !== "/") return said(404, "Nothing is here.");
    const only = (name: string): string | undefined => {
      const [value, second] = url.searchParams.getAll(name);
      return second === undefined ? value : undefined;
    };
    if (!isSame(only("state") ?? "", this.state))
      return said(400, "This is not the answer that is waited for.");
    const code = only("code");
    if (code !== undefined && /^[\w-]{22,128}$/.test(code)) this.#answered.resolve({ is: "allowed", code });
    else if (url.searchParams.has("error"))
      this.#answered.resolve({ is: "refused", at: only("by") === "provider" ? "provider" : "daemon" });
    else return said(400, "This is not the answer that is waited for.");
    return said(200, "Done. Go back to the terminal; you may close this page.");
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function said(status: number, text: string): Response {
  return new Response(`<!doctype html><meta charset="utf-8"><title>holdfast</title><p>${text}</p>`, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      connection: "close",
    },
  });
}
