import { readdirSync } from "node:fs";
import { Histogram, type Registry } from "prom-client";
import type { Families } from "./families.ts";

/**
 * `process_*` by Prometheus' usual names. Not prom-client's own set: under Bun several of its figures are zero or
 * wrong (heap spaces, `process_heap_bytes`), and its event loop monitor wakes an idle daemon a hundred times a second.
 */
export function processMetrics(families: Families): void {
  families.counter("process_cpu_seconds_total", "User and system CPU time, in seconds.", () => {
    const { user, system } = process.cpuUsage();
    return [[{}, (user + system) / 1e6]];
  });
  families.gauge("process_resident_memory_bytes", "Resident memory.", () => [
    [{}, process.memoryUsage.rss()],
  ]);
  const started = Math.round(Date.now() / 1000 - process.uptime());
  families.gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.", () => [
    [{}, started],
  ]);
  if (process.platform !== "linux") return;
  families.gauge("process_open_fds", "Open file descriptors.", () => [
    [{}, readdirSync("/proc/self/fd").length],
  ]);
}

const SAMPLE_MS = 500;

/** How late the event loop runs a timer, sampled twice a second. @returns stops sampling */
export function eventLoopLag(registers: Registry[]): () => void {
  const lag = new Histogram({
    name: "holdfast_event_loop_lag_seconds",
    help: "How late timers run.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  let due = performance.now() + SAMPLE_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    lag.observe(Math.max(0, now - due) / 1000);
    due = now + SAMPLE_MS;
  }, SAMPLE_MS);
  timer.unref();
  return () => clearInterval(timer);
}
