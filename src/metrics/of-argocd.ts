import type { Families } from "./families.ts";

/**
 * Names that Argo CD's official dashboard asks for and that mean nothing here: each is there as one series at 0, so that no
 * panel stays without data, and its help says why.
 */
export function nothingToTell(families: Families): void {
  const none = { hostname: "", command: "" };
  families.counter(
    "argocd_redis_request_total",
    "Always 0: there is no Redis; what it would keep is in the store.",
    () => [[{ hostname: "", initiator: "", command: "", failed: "false" }, 0]],
  );
  families.gauge("argocd_kubectl_exec_pending", "Always 0: no kubectl is run.", () => [[none, 0]]);
  families.counter("argocd_kubectl_exec_total", "Always 0: no kubectl is run.", () => [[none, 0]]);
  families.gauge(
    "go_goroutines",
    "Always 0: there is no Go runtime; see holdfast_event_loop_lag_seconds.",
    () => [[{}, 0]],
  );
  families.gauge(
    "go_gc_duration_seconds",
    "Always 0: there is no Go runtime; see holdfast_event_loop_lag_seconds.",
    () => [[{ quantile: "1" }, 0]],
  );
  families.gauge(
    "go_memstats_heap_alloc_bytes",
    "Heap in use, of JavaScript: there is no Go runtime; see process_resident_memory_bytes.",
    () => [[{}, process.memoryUsage().heapUsed]],
  );
}
