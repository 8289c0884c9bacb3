import { readdirSync } from "node:fs";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/**
 * `process_*` by Prometheus' usual names. Not prom-client's own set: under Bun several of its figures are zero or
 * wrong (heap spaces, `process_heap_bytes`), and its event loop monitor wakes an idle daemon a hundred times a second.
 */
export function processMetrics(registers: Registry[]): void {
  new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time, in seconds.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "Start of the process, in seconds since 1970.",
    registers,
  }).set(Math.round(Date.now() / 1000 - process.uptime()));
  if (process.platform !== "linux") return;
  new Gauge({
    name: "process_open_fds",
    help: "Open file descriptors.",
    registers,
    collect() {
      this.set(readdirSync("/proc/self/fd").length);
    },
  });
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
