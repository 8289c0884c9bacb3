/** What stands behind one WebSocket: the listener hands it whatever comes. */
export interface SocketEnd {
  open(socket: OpenSocket): void;
  message(data: string | Uint8Array): void;
  /** What was waiting to be sent has gone. */
  drain(): void;
  /** It is closed, by whomever; nothing is sent any more. */
  close(): void;
}

export interface OpenSocket {
  send(data: string | Uint8Array): void;
  /** Bytes that wait to be sent. */
  waiting(): number;
  close(code: number, reason: string): void;
}

/** Bytes of one message of a client. */
export const LARGEST_MESSAGE = 64 * 1024;
