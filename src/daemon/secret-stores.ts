import { vaultStore } from "../../plugins/secret-stores/vault/index.ts";
import { Failure } from "../core/model/failure.ts";
import type { SecretStoreSettings } from "../core/model/secret-store.ts";
import { defined } from "../lib/defined.ts";
import { systemClock } from "../lib/system-clock.ts";
import type { AskStore, SecretStore } from "../plugin/contract.ts";
import { bytesOf, httpClient } from "../remote/http.ts";
import { ServerLine, type ServerLineTerms } from "../remote/server-line.ts";

const LINE = { most: 8, patienceMs: 15_000, restMs: 10_000 };
/** A secret is small; whoever answers more is no store. */
const MAX_BYTES = 4 << 20;
/** Every status of the protocol says what it means itself. */
const STATUSES = [204, 400, 403, 404, 405, 412, 429, 472, 473, 500, 502, 503];

/**
 * A store behind the one road over HTTP: nothing that is redirected elsewhere is followed.
 * @param limits tests are less patient
 */
export function openStore(
  settings: SecretStoreSettings,
  limits: Pick<ServerLineTerms, "most" | "patienceMs" | "restMs"> = LINE,
): SecretStore {
  const { name, address, ca } = settings;
  const http = httpClient({
    origin: new URL(address).origin,
    elsewhere: "refused",
    userAgent: "holdfast",
    ...defined({ tls: ca === undefined ? undefined : { ca } }),
    says: {
      object: `secret store ${name}`,
      cannot: "read it",
      unreachable: "render",
      auth: "render",
      thing: "store",
      tooLong: "read it",
    },
  });
  const line = new ServerLine({
    ...limits,
    silent: () =>
      new Failure("render", `secret store ${name}`, "backoff", {
        cannot: "read it",
        why: `it did not answer within ${limits.patienceMs / 1000} s`,
        fix: "Check the network and the server",
      }),
    now: () => performance.now(),
  });
  const ask: AskStore = ({ method, path, headers, body }, asking) =>
    line.ask(async (signal) => {
      const answer = await http({
        method,
        url: `${address}${path}`,
        headers,
        signal,
        // The whole answer is waited for as long.
        idleMs: limits.patienceMs,
        maxBytes: MAX_BYTES,
        statuses: STATUSES,
        ...defined({ body: body === undefined ? undefined : new TextEncoder().encode(body) }),
      });
      return { status: answer.status, text: new TextDecoder().decode(await bytesOf(answer)) };
    }, asking);
  return vaultStore(settings, ask, () => systemClock.now());
}
