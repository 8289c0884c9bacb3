/** Registries of Amazon ECR, by their names. Source: docs.aws.amazon.com, "Amazon ECR endpoints and quotas". */

export interface EcrRegistry {
  region: string;
  /** Of other services of that part of AWS. */
  domain: "amazonaws.com" | "amazonaws.com.cn";
  /** Address of its API. */
  api: string;
}

const USUAL = /^\d{12}\.dkr\.ecr(-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.(amazonaws\.com(?:\.cn)?)$/;
const DUAL_STACK = /^\d{12}\.dkr-ecr(-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.on\.aws$/;

/** @param host with or without a port @returns undefined for another server's */
export function ecrRegistry(host: string): EcrRegistry | undefined {
  const name = host.replace(/:443$/, "").toLowerCase();
  const [isUsual, fips = "", region, domain] = USUAL.exec(name) ?? [];
  if (isUsual !== undefined && region !== undefined)
    return {
      region,
      domain: domain === "amazonaws.com.cn" ? domain : "amazonaws.com",
      api: fips === "" ? `https://api.ecr.${region}.${domain}` : `https://ecr-fips.${region}.${domain}`,
    };
  const [, dualFips = "", dualRegion] = DUAL_STACK.exec(name) ?? [];
  if (dualRegion === undefined) return undefined;
  return { region: dualRegion, domain: "amazonaws.com", api: `https://ecr${dualFips}.${dualRegion}.api.aws` };
}
