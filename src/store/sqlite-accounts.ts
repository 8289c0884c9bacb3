import { type AskingAs, type CredentialOwner, keyOfOwner } from "../core/model/credential-owner.ts";
import type {
  AccountAbsence,
  AccountStore,
  StoredDevice,
  StoredPassword,
  StoredSession,
  StoredToken,
  TryCount,
} from "../core/ports/account-store.ts";
import { defined } from "../lib/defined.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

type PasswordRow = { account: string; hash: string; changed_at: number; made_from: string | null };
type SessionRow = { json: string; used_at: number };
type TokenRow = { json: string; used_at: number | null };

/** Who may sign in, in the tables beside all else that is kept. Columns are what is searched by or changes alone. */
export class SqliteAccounts implements AccountStore {
  constructor(private readonly connection: SqliteConnection) {}

  password(account: string): StoredPassword | undefined {
    return this.connection
      .all<PasswordRow>("SELECT * FROM passwords WHERE account = ?", account)
      .map(passwordIn)[0];
  }

  passwords(): StoredPassword[] {
    return this.connection.all<PasswordRow>("SELECT * FROM passwords ORDER BY account").map(passwordIn);
  }

  putPassword(password: StoredPassword): void {
    this.#put(
      "INSERT INTO passwords VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at, made_from = excluded.made_from",
      password,
    );
  }

  putFirstPassword(password: StoredPassword): boolean {
    return (
      this.#put(
        "INSERT INTO passwords VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING account",
        password,
      ).length > 0
    );
  }

  deletePassword(account: string): void {
    this.#go("DELETE FROM passwords WHERE account = ? RETURNING account", account);
  }

  absences(): AccountAbsence[] {
    return this.connection.all<AccountAbsence>("SELECT account, since FROM absent_accounts ORDER BY account");
  }

  putAbsence({ account, since }: AccountAbsence): void {
    this.connection.durably(() =>
      this.connection.run(
        "INSERT INTO absent_accounts VALUES (?, ?) ON CONFLICT DO UPDATE SET since = excluded.since",
        account,
        since,
      ),
    );
  }

  deleteAbsence(account: string): void {
    this.#go("DELETE FROM absent_accounts WHERE account = ? RETURNING account", account);
  }

  sessionOfSecret(secret: string): StoredSession | undefined {
    return this.connection
      .all<SessionRow>(
        "SELECT json, used_at FROM sessions WHERE id = (SELECT session FROM session_secrets WHERE secret = ?)",
        secret,
      )
      .map(sessionIn)[0];
  }

  session(id: string): StoredSession | undefined {
    return this.connection
      .all<SessionRow>("SELECT json, used_at FROM sessions WHERE id = ?", id)
      .map(sessionIn)[0];
  }

  sessions(owner?: AskingAs): StoredSession[] {
    const rows =
      owner === undefined
        ? this.connection.all<SessionRow>("SELECT json, used_at FROM sessions ORDER BY created_at DESC, id")
        : this.connection.all<SessionRow>(
            "SELECT json, used_at FROM sessions WHERE owner = ? ORDER BY created_at DESC, id",
            keyOfOwner(owner),
          );
    return rows.map(sessionIn);
  }

  putSession(session: StoredSession): void {
    const { usedAt, ...rest } = session;
    this.connection.durably(() => {
      this.connection.run(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json, used_at = excluded.used_at",
        session.id,
        keyOfOwner(session.owner),
        session.createdAt,
        usedAt,
        JSON.stringify(rest),
      );
      this.connection.run("DELETE FROM session_secrets WHERE session = ?", session.id);
      for (const secret of [session.secret, session.next?.secret, session.previous?.secret])
        if (secret !== undefined)
          this.connection.run("INSERT INTO session_secrets VALUES (?, ?)", secret, session.id);
    });
  }

  deleteSession(id: string): boolean {
    return this.#endSessions("id = ?", id) > 0;
  }

  deleteSessionsOf(owner: AskingAs, except = ""): number {
    return this.#endSessions("owner = ? AND id != ?", keyOfOwner(owner), except);
  }

  deleteSessionsBefore({ provenAt, usedAt }: { provenAt: number; usedAt: number }): number {
    const proven = "coalesce(json ->> 'provenAt', created_at)";
    return this.#endSessions(`${proven} < ? OR used_at < ?`, provenAt, usedAt);
  }

  tokenOfSecret(secret: string): StoredToken | undefined {
    return this.connection
      .all<TokenRow>("SELECT json, used_at FROM tokens WHERE secret = ?", secret)
      .map(tokenIn)[0];
  }

  token(id: string): StoredToken | undefined {
    return this.connection.all<TokenRow>("SELECT json, used_at FROM tokens WHERE id = ?", id).map(tokenIn)[0];
  }

  tokens(owner?: CredentialOwner): StoredToken[] {
    const rows =
      owner === undefined
        ? this.connection.all<TokenRow>("SELECT json, used_at FROM tokens ORDER BY owner, name")
        : this.connection.all<TokenRow>(
            "SELECT json, used_at FROM tokens WHERE owner = ? ORDER BY name",
            keyOfOwner(owner),
          );
    return rows.map(tokenIn);
  }

  addToken({ usedAt, ...token }: StoredToken): boolean {
    const added = this.#go(
      "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, name) DO NOTHING RETURNING id",
      token.id,
      keyOfOwner(token.owner),
      token.name,
      token.secret,
      token.expiresAt,
      usedAt ?? null,
      JSON.stringify(token),
    );
    return added > 0;
  }

  deleteToken(id: string): boolean {
    return this.#go("DELETE FROM tokens WHERE id = ? RETURNING id", id) > 0;
  }

  deleteTokensOf(owner: CredentialOwner): number {
    return this.#go("DELETE FROM tokens WHERE owner = ? RETURNING id", keyOfOwner(owner));
  }

  deleteTokensExpiredBefore(time: number): number {
    return this.#go("DELETE FROM tokens WHERE expires_at < ? RETURNING id", time);
  }

  noteUse(of: "session" | "token", id: string, usedAt: number): void {
    this.connection.run(`UPDATE ${of}s SET used_at = ? WHERE id = ?`, usedAt, id);
  }

  device(secret: string): StoredDevice | undefined {
    const rows = this.connection.all<{ secret: string; account: string; seen_at: number }>(
      "SELECT * FROM devices WHERE secret = ?",
      secret,
    );
    return rows.map(({ seen_at: seenAt, ...row }) => ({ ...row, seenAt }))[0];
  }

  putDevice({ secret, account, seenAt }: StoredDevice, most: number): void {
    this.connection.durably(() => {
      this.connection.run(
        "INSERT INTO devices VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at",
        secret,
        account,
        seenAt,
      );
      this.connection.run(
        "DELETE FROM devices WHERE account = ?1 AND secret NOT IN (SELECT secret FROM devices WHERE account = ?1 ORDER BY seen_at DESC, secret LIMIT ?2)",
        account,
        most,
      );
    });
  }

  deleteDevice(secret: string): void {
    this.#go("DELETE FROM devices WHERE secret = ? RETURNING secret", secret);
  }

  deleteDevicesOf(account: string): number {
    return this.#go("DELETE FROM devices WHERE account = ? RETURNING secret", account);
  }

  tryCounts(keys: readonly string[]): TryCount[] {
    return keys.flatMap((key) =>
      this.connection.all<TryCount>("SELECT key, count, since FROM login_tries WHERE key = ?", key),
    );
  }

  putTryCounts(counts: readonly TryCount[]): void {
    this.connection.atomically(() => {
      for (const { key, count, since } of counts)
        this.connection.run(
          "INSERT INTO login_tries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = excluded.count, since = excluded.since",
          key,
          count,
          since,
        );
    });
  }

  deleteTryCounts(keys: readonly string[]): void {
    this.connection.atomically(() => {
      for (const key of keys) this.connection.run("DELETE FROM login_tries WHERE key = ?", key);
    });
  }

  deleteTryCountsBefore(since: number): number {
    return this.connection.atomically(
      () => this.connection.all("DELETE FROM login_tries WHERE since < ? RETURNING key", since).length,
    );
  }

  atomically<T>(work: () => T): T {
    return this.connection.durably(work);
  }

  #put(sql: string, { account, hash, changedAt, madeFrom }: StoredPassword): unknown[] {
    return this.connection.durably(() =>
      this.connection.all(sql, account, hash, changedAt, madeFrom ?? null),
    );
  }

  /** @param sql one statement that returns a row for each that it changed */
  #go(sql: string, ...parameters: (string | number | null)[]): number {
    return this.connection.durably(() => this.connection.all(sql, ...parameters).length);
  }

  #endSessions(where: string, ...parameters: (string | number)[]): number {
    return this.connection.durably(() => {
      const ended = this.connection.all<{ id: string }>(
        `SELECT id FROM sessions WHERE ${where}`,
        ...parameters,
      );
      for (const { id } of ended) {
        this.connection.run("DELETE FROM session_secrets WHERE session = ?", id);
        this.connection.run("DELETE FROM sessions WHERE id = ?", id);
      }
      return ended.length;
    });
  }
}

function passwordIn({ account, hash, changed_at, made_from }: PasswordRow): StoredPassword {
  return { account, hash, changedAt: changed_at, ...defined({ madeFrom: made_from ?? undefined }) };
}

function sessionIn({ json, used_at }: SessionRow): StoredSession {
  return { ...(JSON.parse(json) as Omit<StoredSession, "usedAt">), usedAt: used_at };
}

function tokenIn({ json, used_at }: TokenRow): StoredToken {
  return {
    ...(JSON.parse(json) as Omit<StoredToken, "usedAt">),
    ...defined({ usedAt: used_at ?? undefined }),
  };
}
