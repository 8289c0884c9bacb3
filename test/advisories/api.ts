import { API_ACCESS } from "./api-access.ts";
import { API_LIMITS } from "./api-limits.ts";
import { API_LOGINS } from "./api-logins.ts";
import { API_SECRETS } from "./api-secrets.ts";
import type { Row } from "./row.ts";

export const API: readonly Row[] = [...API_SECRETS, ...API_ACCESS, ...API_LOGINS, ...API_LIMITS];
