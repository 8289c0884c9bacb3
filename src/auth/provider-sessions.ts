/** Sessions of people whom a provider vouches for: as everybody's, but that no account of ours stands behind them. */
import type { AskingAs } from "../core/model/credential-owner.ts";
import type { Identity } from "../core/model/identity.ts";
import type { SignOnSessions, VouchedSessions } from "../core/ports/sign-on-desk.ts";
import { defined } from "../lib/defined.ts";
import { addressKey } from "./address-key.ts";
import type { AuthPorts } from "./auth-ports.ts";
import { noSessionCookie, sessionCookie, type Transport } from "./session-cookie.ts";
import type { Sessions } from "./sessions.ts";
import type { Asking, WhoAsks } from "./who-asks.ts";

export interface ProviderSessionTerms {
  sessions: Pick<Sessions, "begin" | "end" | "list" | "become">;
  who: Pick<WhoAsks, "ask">;
  tell: AuthPorts["tell"];
  /** How browsers reach us now. */
  transport(): Transport;
}

export class ProviderSessions implements SignOnSessions {
  constructor(private readonly terms: ProviderSessionTerms) {}

  begin(identity: Identity, { address, agent, former }: { address: string; agent: string; former?: string }) {
    const { sessions, tell, transport } = this.terms;
    const owner = ownerOf(identity);
    const source = addressKey(address) === "unknown" ? "unknown" : address;
    const { session, secret } = sessions.begin({ owner, carried: "cookie", source, agent });
    tell({ did: "signed-in", owner, session: session.id, address: source });
    // Whoever signs in is somebody new: what the browser had shown before opens nothing any more.
    if (former !== undefined) sessions.end(former, "signed-out", owner.subject);
    return { id: session.id, cookie: sessionCookie(secret.reveal(), transport()) };
  }

  shown(headers: Headers): string | undefined {
    const asking = this.#asking(headers);
    return asking.is === "session" ? asking.session.id : undefined;
  }

  end(headers: Headers): { id: string; cookie: string } | undefined {
    const { sessions, transport } = this.terms;
    const asking = this.#asking(headers);
    if (asking.is !== "session") return undefined;
    const { id } = asking.session;
    sessions.end(id, "signed-out", asking.subject.name);
    return { id, cookie: noSessionCookie(transport()) };
  }

  /** By its cookie alone: what a program shows in a header ends by its own call. */
  #asking(headers: Headers): Asking {
    const { who, transport } = this.terms;
    const cookie = headers.get("cookie");
    return who.ask(new Headers(cookie === null ? {} : { cookie }), transport());
  }

  /** For who asks providers again. */
  vouched(): VouchedSessions {
    const { sessions } = this.terms;
    return {
      list: () =>
        sessions
          .list()
          .flatMap(({ id, owner, createdAt }) =>
            owner.kind === "sso" ? [{ id, createdAt, identity: identityOf(owner) }] : [],
          ),
      end: (id, why) => void sessions.end(id, why, "daemon"),
      become: (id, identity) => sessions.become(id, ownerOf(identity)),
    };
  }
}

/** An address is kept nowhere. */
function identityOf({ kind: _, ...known }: ReturnType<typeof ownerOf>): Identity {
  return { ...known, email: undefined, emailVerified: false };
}

export function ownerOf({
  issuer,
  provider,
  subject,
  name,
  groups,
  asked,
}: Identity): Extract<AskingAs, { kind: "sso" }> {
  return { kind: "sso", issuer, subject, name, groups, ...defined({ provider, asked }) };
}
