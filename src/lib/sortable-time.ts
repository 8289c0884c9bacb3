/** A time of a log, in UTC, as a text that compares as the times do: servers leave out zeros at the end of a fraction. */
export function sortableTime(time: string): string {
  const [seconds = "", fraction = ""] = time.replace(/Z$/, "").split(".");
  return `${seconds}.${fraction.padEnd(9, "0")}`;
}
