/** What is said of notifications, as pure functions. */

export interface ShownMessage {
  number: number;
  service: string;
  recipient: string;
  trigger: string;
  title: string;
  state: "waiting" | "delivered" | "joined" | "dead";
  at: string;
  tries: number;
  failure?: string;
  ended?: string;
}

/** `slack:deploys`, as a subscription has it. */
export function whereTo({ service, recipient }: { service: string; recipient: string }): string {
  return recipient === "" ? service : `${service}:${recipient}`;
}

/** What became of one, in words. */
export function sayState({
  state,
  tries,
  failure = "",
}: Pick<ShownMessage, "state" | "tries" | "failure">): string {
  const times = tries === 1 ? "one try" : `${tries} tries`;
  switch (state) {
    case "delivered":
      return tries === 0 ? "Delivered" : `Delivered, after ${times} that failed`;
    case "joined":
      return "Told together with others";
    case "waiting":
      return tries === 0 ? "Waits" : `Waits, after ${times}: ${failure}`;
    case "dead":
      return `Given up after ${times}: ${failure}`;
  }
}

/** `on-sync-failed, on-deployed` without what each has in common. */
export function sayTriggers(triggers: readonly string[]): string {
  return triggers.length === 0 ? "nothing" : triggers.map((one) => one.replace(/^on-/, "")).join(", ");
}

/** In order, and how many wait where. */
export function sayWaiting({
  waiting,
  state,
  why = "",
}: {
  waiting: number;
  state: "well" | "retrying" | "down";
  why?: string;
}): string {
  const many = waiting === 1 ? "1 message waits" : `${waiting} messages wait`;
  return state === "well" ? many : `${many}: ${why === "" ? "the last try failed" : why}`;
}
