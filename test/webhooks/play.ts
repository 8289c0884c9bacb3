import { type Api, createApi } from "../../src/api/create-api.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { PROVIDER_NAMES } from "../../src/core/webhooks/provider.ts";
import type { WebhookSettings } from "../../src/core/webhooks/settings.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { dice, mutatedDelivery } from "./mutated.ts";
import { GITHUB_SAMPLES, OTHER_SAMPLES } from "./samples.ts";

const SECRETS: WebhookSettings = {
  maxBytes: 2 ** 20,
  unsigned: "hint",
  secrets: Object.fromEntries(
    PROVIDER_NAMES.map((name) => [
      name,
      name === "azureDevOps"
        ? { username: new Secret("u"), password: new Secret("p") }
        : { secret: new Secret("s") },
    ]),
  ),
};

export interface Played {
  byStatus: Record<number, number>;
  /** Answers of 500 and more, and what was thrown: the first few, with what was sent. */
  wrong: string[];
  heard: number;
}

/** Sends mutated deliveries to the real API, in process: every second one to an API that demands secrets. */
export async function playMutated(count: number, seed: number): Promise<Played> {
  const random = dice(seed);
  const samples = [...GITHUB_SAMPLES, ...OTHER_SAMPLES, ...OTHER_SAMPLES, ...OTHER_SAMPLES];
  let heard = 0;
  const apis = [apiOf(undefined, () => heard++), apiOf(SECRETS, () => heard++)];
  const played: Played = { byStatus: {}, wrong: [], heard: 0 };
  for (let at = 0; at < count; at++) {
    const sample = samples[random(samples.length)];
    if (sample === undefined) continue;
    const { headers, body } = mutatedDelivery(sample, random);
    const sent = { method: "POST", headers: { host: "127.0.0.1", ...headers }, body };
    const reply = await apis[at % 2]?.fetch(new Request("http://127.0.0.1/api/webhook?secret=x", sent));
    const status = reply?.status ?? 0;
    played.byStatus[status] = (played.byStatus[status] ?? 0) + 1;
    if (![202, 400, 401, 413].includes(status) && played.wrong.length < 5)
      played.wrong.push(`${status} for ${sample.name}, seed ${seed}, number ${at}: ${body.slice(0, 500)}`);
    if (at % 500 === 0) await Bun.sleep(0);
  }
  return { ...played, heard };
}

function apiOf(settings: WebhookSettings | undefined, onHeard: () => void): Api {
  return createApi({
    control: fakeControl(),
    homeNamespace: "argocd",
    assets: [],
    version: {
      ...{
        version: "0.1.0",
        commit: "abc1234",
        buildDate: "2026-11-23T04:00:00Z",
        helm: async () => "",
        kustomize: async () => "",
      },
      sandbox: { level: "mounts", why: "" },
    },
    metrics: async () => "",
    onHeard,
    ...(settings === undefined ? {} : { webhooks: () => settings }),
    log: recordingLog(),
  });
}
