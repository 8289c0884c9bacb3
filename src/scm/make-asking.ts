import { Failure } from "../core/model/failure.ts";
import { whyNoCertificates } from "../lib/check-pem.ts";
import type { HttpTerms } from "../remote/http.ts";
import { Api, type Road } from "./api.ts";
import type { Fields } from "./fields.ts";
import type { HourlyTokens } from "./hourly-tokens.ts";
import type { Asking, Lookups } from "./provider.ts";

export interface AskingTerms {
  fields: Fields;
  usual: string;
  own: Lookups;
  home: Lookups;
  road: Road;
  tokens: HourlyTokens;
  environment: Asking["environment"];
  /** Undefined: all. */
  allowedApis: readonly string[] | undefined;
}

export function makeAsking({
  fields,
  usual,
  own,
  home,
  road,
  tokens,
  environment,
  allowedApis,
}: AskingTerms): Asking {
  const lacks = (why: string): Failure =>
    new Failure("provider-auth", fields.at, "backoff", {
      cannot: "find the credentials",
      why,
      fix: "Correct it, or the generator's reference to it",
    });
  const secretOf = async (reference: string, of: Fields): Promise<string | undefined> => {
    const place = of.maybeIn(reference);
    if (place === undefined) return undefined;
    const [name, key] = [place.text("secretName"), place.text("key")];
    const value = (await own.secret(name, key))?.trim();
    if (value === undefined || value === "")
      throw lacks(`Secret ${name} (${place.at}) has no ${key}, or nothing in it`);
    return value;
  };
  const named = fields.maybeText("api") ?? "";
  return {
    fields,
    named,
    usual,
    lacks,
    now: road.now,
    async token(reference, of = fields) {
      const value = await secretOf(reference, of);
      // What a header may hold; a newline would begin another one.
      if (value !== undefined && /[^\x21-\x7e]/.test(value))
        throw lacks(`the Secret that ${of.at}.${reference} names holds no token under that key`);
      return value;
    },
    password: (reference, of = fields) => secretOf(reference, of),
    homeSecret: (name, key) => home.secret(name, key),
    async tls(): Promise<HttpTerms["tls"]> {
      const place = fields.maybeIn("caRef");
      const check = fields.flag("insecure") === true ? { check: "nothing" as const } : {};
      if (place === undefined) return check;
      const [name, key] = [place.text("configMapName"), place.text("key")];
      const ca = (await own.configMap(name))[key];
      if (ca === undefined) throw lacks(`ConfigMap ${name} (${place.at}) has no ${key}`);
      const wrong = whyNoCertificates(ca);
      if (wrong !== undefined) throw lacks(`${key} of ConfigMap ${name} (${place.at}) ${wrong}`);
      return { ca, ...check };
    },
    open(terms) {
      const url = URL.parse(terms.base);
      if (url === null || !/^https?:$/.test(url.protocol))
        throw fields.wrong(`${fields.at}.api must be an address that begins with https:// or http://`);
      if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
        throw fields.wrong(
          `${fields.at}.api must be a plain address, without a user, a question or a fragment`,
        );
      if (named !== "" && allowedApis !== undefined && !allowedApis.includes(named))
        throw fields.wrong(
          `${fields.at}.api names ${url.host}, which is not among the addresses that are allowed`,
        );
      return new Api(terms, road);
    },
    environment,
    hourly: tokens,
  };
}
