/** Requests as bytes, which no client would send. */
import { connect } from "node:net";

/** @returns all that came back until the server hung up, or fell silent for a while after it had spoken */
export function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    let quiet: Timer | undefined;
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const end = (): void => {
      clearTimeout(quiet);
      socket.destroy();
      resolve(said);
    };
    quiet = setTimeout(end, 15_000);
    socket.on("data", (chunk) => {
      said += chunk.toString("latin1");
      clearTimeout(quiet);
      quiet = setTimeout(end, 200);
    });
    socket.on("close", end);
    socket.on("error", end);
  });
}

/** Of each answer in what came back. */
export function statusesOf(said: string): number[] {
  return [...said.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}

/** @param headers beside Host; `Connection: close` is among them */
export const request = (
  target: string,
  headers: readonly string[],
  { method = "GET", body = "" } = {},
): string =>
  `${method} ${target} HTTP/1.1\r\n${["Connection: close", ...headers].join("\r\n")}\r\n\r\n${body}`;
