import { type Api, type ApiOptions, createApi } from "../../src/api/create-api.ts";
import { type Listener, type ListenOptions, listen } from "../../src/api/listen.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { defined } from "../../src/lib/defined.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { uiAssets } from "../../src/ui/assets.ts";
import type { FakeControl } from "../fakes/fake-control.ts";
import { recordingLog } from "./recording-log.ts";

export interface FakeApi extends Listener {
  pushes: { urls: readonly string[]; ref: string }[];
}

/** The real API, metrics and page on a free loopback port, with a control in memory behind them. */
export function startFakeApi(
  control: FakeControl,
  options: {
    token?: string;
    port?: number;
    tls?: ListenOptions["tls"];
    /** What stands before it. */
    before?: (api: Pick<Api, "fetch">) => Pick<Api, "fetch">;
  } & Partial<Omit<ApiOptions, "token">> = {},
): FakeApi {
  const { token, port = 0, tls, before = (api) => api, ...others } = options;
  const pushes: FakeApi["pushes"] = [];
  const metrics = new Metrics(
    { version: "0.1.0", commit: "abc1234" },
    {
      applications: () => control.applications(),
      clusters: () => [],
      serverOf: () => undefined,
      waiting: () => 0,
    },
  );
  const api = createApi({
    control,
    homeNamespace: "argocd",
    assets: uiAssets,
    version: {
      version: "0.1.0",
      commit: "abc1234",
      buildDate: "2026-11-23T04:00:00Z",
      helm: async () => "v4.2.1",
      kustomize: async () => "",
      sandbox: { level: "mounts", why: "" },
    },
    metrics: (format) => metrics.text(format),
    onHeard: (heard) => {
      if (heard.is === "pushes") for (const { urls, ref } of heard.pushes) pushes.push({ urls, ref });
    },
    log: recordingLog(),
    ...(token === undefined ? {} : { token: new Secret(token) }),
    ...others,
  });
  const listener = listen(before(api), { hostname: "127.0.0.1", port, ...defined({ tls }) });
  return {
    ...listener,
    pushes,
    async stop() {
      metrics.stop();
      await listener.stop();
    },
  };
}
