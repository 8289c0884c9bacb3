/** Who somebody is, by the word of whoever let them in. What they may do is said elsewhere. */
export interface Identity {
  /** An OIDC issuer, GitHub's web address, or a directory's address. */
  issuer: string;
  /** As the config names whoever let them in. */
  provider?: string;
  /** Never empty, and the same at each login: what policies name. Unique within its issuer alone. */
  subject: string;
  /** For people to read. Never to decide by: its owner may choose it. */
  name: string;
  email: string | undefined;
  /** Whether the issuer says that the address is theirs; what nobody says is not verified. */
  emailVerified: boolean;
  /** In the issuer's spelling, none twice. */
  groups: readonly string[];
  /** Whoever let them in is asked now and then whether they are still there. Absent: nobody can be asked, or is by an account of its own. */
  asked?: "now and then";
}
