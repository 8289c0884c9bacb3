/** What a server of repositories may prove itself by, as somebody gives it. */
export type WantedCertificate =
  | {
      is: "https";
      /** Without a port. */
      host: string;
      /** Of its authority, or of the server itself. */
      pem: string;
    }
  | {
      is: "ssh";
      /** `git.example.com`, `[git.example.com]:2222` */
      host: string;
      /** `ssh-ed25519` */
      keyType: string;
      /** In base64, as a known_hosts file has it. */
      key: string;
    };

/** Which certificates and host keys are right. */
export interface KeptTrust {
  /** By host, without a port: PEM, in place of the system's certificate authorities. */
  authorities: ReadonlyMap<string, string>;
  /** Lines of a known_hosts file; "": nobody is known. */
  knownHosts: string;
}

/** What a removal takes: each of a host that it takes, and of a type. */
export interface CertificateFilter {
  takes(host: string): boolean;
  /** Absent: both. */
  is?: "https" | "ssh";
  /** Of the key: `ssh-ed25519`, or `rsa` of a certificate. Absent: all. */
  keyType?: string;
}
