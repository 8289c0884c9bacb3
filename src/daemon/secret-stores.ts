import { vaultStore } from "../../plugins/secret-stores/vault/index.ts";
import type { SecretStoreSettings } from "../core/model/secret-store.ts";
import { defined } from "../lib/defined.ts";
import { systemClock } from "../lib/system-clock.ts";
import type { AskStore, SecretStore } from "../plugin/contract.ts";
import { bytesOf, httpClient } from "../remote/http.ts";

const IDLE_MS = 15_000;
/** A secret is small; whoever answers more is no store. */
const MAX_BYTES = 4 << 20;
/** Every status of the protocol says what it means itself. */
const STATUSES = [204, 400, 403, 404, 405, 412, 429, 472, 473, 500, 502, 503];

/** A store behind the one road over HTTP: nothing that is redirected elsewhere is followed. */
export function openStore(settings: SecretStoreSettings): SecretStore {
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
  const ask: AskStore = async ({ method, path, headers, body }, signal) => {
    const answer = await http({
      method,
      url: `${address}${path}`,
      headers,
      signal,
      idleMs: IDLE_MS,
      maxBytes: MAX_BYTES,
      statuses: STATUSES,
      ...defined({ body: body === undefined ? undefined : new TextEncoder().encode(body) }),
    });
    return { status: answer.status, text: new TextDecoder().decode(await bytesOf(answer)) };
  };
  return vaultStore(settings, ask, () => systemClock.now());
}
