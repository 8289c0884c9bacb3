/** Which of a Pod's events says why it waits. */

export interface KubeEvent {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

export interface LastEvent {
  is: "warning" | "event";
  reason: string;
  message: string;
  /** RFC 3339; "" where nobody wrote it down. */
  at: string;
}

/**
 * The newest warning, else the newest of all: `Scheduled` of the same second, or a pull that went well, says nothing of why.
 * @param items the newest first, as the API has them
 */
export function lastEvent(items: readonly KubeEvent[]): LastEvent | undefined {
  const warning = items.find(({ type }) => type === "Warning");
  const one = warning ?? items[0];
  if (one === undefined) return undefined;
  const { reason = "", message = "", lastTimestamp, eventTime } = one;
  const at = lastTimestamp ?? eventTime ?? "";
  return { is: warning === undefined ? "event" : "warning", reason, message, at };
}
