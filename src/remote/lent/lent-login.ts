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
  /** A form, a text whose headers say what it is, or nothing with `POST`; absent: `GET`. */
  post?: { form: Readonly<Record<string, string>> } | { text: string } | "nothing";
}

/** Asks a lender. @returns its answer, a JSON object @throws {Failure} for every other answer */
export type AskLender = (request: LenderRequest) => Promise<Record<string, unknown>>;

/** The same of one that answers with another text. @returns all of it @throws {Failure} for every other answer */
export type AskLenderText = (request: LenderRequest) => Promise<string>;
