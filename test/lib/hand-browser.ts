/** A browser that only knows our own pages: it keeps cookies, fills in forms, and follows where a page sends it. */

export interface Shown {
  status: number;
  text: string;
  /** Where the page goes on by itself. */
  onward: string | undefined;
}

export class HandBrowser {
  readonly #cookies = new Map<string, string>();

  /** @param ca PEM of the server's authority, where no other vouches for it */
  constructor(
    readonly url: string,
    readonly ca?: string,
  ) {}

  async open(address: string): Promise<Shown> {
    return this.#shown(await this.#ask(address, {}), address);
  }

  /** Sends a form of this daemon's login page, with the page's own origin unless told otherwise. */
  async send(fields: Record<string, string>, origin = this.url): Promise<Shown> {
    const at = `${this.url}/cli-login`;
    const reply = await this.#ask(at, {
      method: "POST",
      body: new URLSearchParams(fields).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", origin },
    });
    return this.#shown(reply, at);
  }

  signIn(username: string, password: string, request?: string): Promise<Shown> {
    return this.send({
      ...{ do: "sign-in", username, password },
      ...(request === undefined ? {} : { request }),
    });
  }

  async #ask(address: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("cookie", [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const reply = await fetch(address, {
      ...{ ...init, headers, redirect: "manual" },
      ...(this.ca === undefined ? {} : { tls: { ca: this.ca } }),
    });
    for (const line of reply.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return reply;
  }

  async #shown(reply: Response, address: string): Promise<Shown> {
    const location = reply.headers.get("location");
    if (location !== null) return this.open(new URL(location, address).href);
    const text = await reply.text();
    const onward = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text)?.[1]?.replaceAll("&#38;", "&");
    return { status: reply.status, text, onward };
  }
}

/** Of a login's page. */
export function requestIn(address: string): string {
  return new URL(address).searchParams.get("request") ?? "";
}
