/** `4 min ago`; `just now` below ten seconds and for clocks that run ahead; "" where the time is none. */
export function ago(at: string, nowMs: number): string {
  const seconds = Math.floor((nowMs - Date.parse(at)) / 1_000);
  if (Number.isNaN(seconds)) return "";
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** `34s`, `12m`, `5h`, `3d`: the largest unit of which there are two, as kubectl. `-` where the time is none. */
export function age(at: string | undefined, nowMs: number): string {
  const ms = at === undefined ? Number.NaN : nowMs - Date.parse(at);
  return Number.isNaN(ms) ? "-" : took(ms);
}

/** A span in its largest unit: `0s`, `34s`, `12m`, `5h`, `3d`. */
export function took(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
