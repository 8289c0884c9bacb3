/** The floor of drift: a bare loop that watches, sees that its managedFields entry changed, and applies again. */
import { startControlPlane } from "../test/lib/control-plane.ts";
import { appFiles, percentile } from "./rig.ts";

export interface DriftFloor {
  p50Ms: number;
  p95Ms: number;
  edits: number;
}

interface Watched {
  object: {
    metadata: {
      labels?: Record<string, string>;
      managedFields?: { manager: string; operation: string; fieldsV1: unknown }[];
    };
  };
}

export async function driftFloor(edits: number): Promise<DriftFloor> {
  const plane = await startControlPlane({ kcmQps: 500 });
  const abort = new AbortController();
  try {
    const { api } = plane;
    const name = "app",
      path = `/apis/apps/v1/namespaces/default/deployments/${name}`;
    const body = Bun.YAML.parse(appFiles(name)["deployment.yaml"] ?? "");
    const apply = () =>
      api.request("PATCH", `${path}?fieldManager=holdfast&force=true`, body, "application/apply-patch+yaml");
    await api.request("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name } });
    await apply();
    const response = await api.open(`/apis/apps/v1/namespaces/default/deployments?watch=1`, abort.signal);
    let known = "",
      edited = false;
    let healed: (at: number) => void = () => undefined;
    void (async () => {
      let text = "";
      const decoder = new TextDecoder();
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
        for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
          const { object } = JSON.parse(text.slice(0, end)) as Watched;
          text = text.slice(end + 1);
          const own = object.metadata.managedFields?.find(
            ({ manager, operation }) => manager === "holdfast" && operation === "Apply",
          );
          const hash = Bun.hash(JSON.stringify(own?.fieldsV1)).toString();
          if (known === "") known = hash;
          else if (hash !== known) {
            edited = true;
            void apply();
          } else if (edited) {
            edited = false;
            healed(performance.now());
          }
        }
      }
    })().catch(() => undefined);
    await Bun.sleep(500);
    const times: number[] = [];
    for (let at = 0; at < edits; at++) {
      const done = new Promise<number>((resolve) => (healed = resolve));
      const started = performance.now();
      await api.request(
        "PATCH",
        path,
        { metadata: { labels: { app: "edited" } } },
        "application/merge-patch+json",
      );
      times.push((await done) - started);
      await Bun.sleep(300);
    }
    times.sort((a, b) => a - b);
    return { p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95), edits };
  } finally {
    abort.abort();
    await plane.stop();
  }
}
