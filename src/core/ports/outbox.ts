import type { DestinationName, NotificationMessage, OutboxItem, OutboxState } from "../model/notification.ts";

/** A message that is to be sent. `key`: what it is of, at which destination; one that was there before is no second one. */
export interface OutboxNote {
  key: string;
  to: DestinationName;
  trigger: string;
  message: NotificationMessage;
}

/** Messages on their way, kept until they arrived and for a while after. Durable, as `Store` says. */
export interface Outbox {
  /** @returns how many of them were new */
  post(notes: readonly OutboxNote[], at: string, dueMs: number): number;
  /** Where something waits, and since when its first one is due. */
  destinations(): { to: DestinationName; due: number; waiting: number }[];
  /** In order. */
  waitingFor(to: DestinationName, limit: number): OutboxItem[];
  delivered(id: number, at: string): void;
  /** A try failed: it is tried again. */
  later(id: number, dueMs: number, why: string): void;
  /** It is given up. */
  dead(id: number, at: string, why: string): void;
  /** These are told by one message in their place, which waits where the first of them did. @returns it */
  join(ids: readonly number[], note: OutboxNote, at: string, dueMs: number): OutboxItem;
  /** Those that are dead wait again. @param ids absent: all @returns how many */
  resend(ids: readonly number[] | undefined, dueMs: number): number;
  /** What waits for another try is due now: the settings were mended, or a daemon begins. */
  hurry(dueMs: number): void;
  /** Newest first. */
  items(states: readonly OutboxState[], limit: number): OutboxItem[];
  item(id: number): OutboxItem | undefined;
  counts(): Readonly<Record<OutboxState, number>>;
}
