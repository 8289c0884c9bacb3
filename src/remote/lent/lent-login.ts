import type { Secret } from "../../core/model/secret.ts";

/** What a repository's server is shown, in place of what its entry says. */
export interface LentLogin {
  username?: string;
  password?: Secret;
  bearerToken?: Secret;
}

export interface Lent {
  login: LentLogin;
  /** Seconds from when it was asked for. */
  livesS: number;
}

/** Requests to a lender, for one repository. */
export interface LenderRequest {
  /** Of what is asked for, beside it: why it was not given. */
  what: string;
  url: string;
  headers?: Record<string, string>;
  /** A form, or nothing with `POST`; absent: `GET`. */
  post?: Readonly<Record<string, string>> | "nothing";
}

/** Asks a lender. @returns its answer, a JSON object @throws {Failure} for every other answer */
export type AskLender = (request: LenderRequest) => Promise<Record<string, unknown>>;
