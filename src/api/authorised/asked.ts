import type { Asker } from "../../core/access/asker.ts";

/** The same questions, each with who asks them before all else. */
export type Asked<T> = {
  [Name in keyof T]: T[Name] extends (...parameters: infer Parameters) => infer Result
    ? (who: Asker, ...parameters: Parameters) => Result
    : never;
};

/** Of every application and of every object in it: what concerns the daemon as a whole is for whoever has that. */
export const EVERYWHERE = "*/*";

/** What one may not see, and what is not there. */
export const ABSENT = { is: "absent" } as const;
